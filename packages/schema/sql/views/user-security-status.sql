-- How much an account is at risk, from 0 to 100: locked 30, failures 5 each up to 25, no second
-- factor 20, email not verified 10, password expired 15, idle for over 90 days 10. Idle counts from
-- the last sign-in, or from the start of an account that never signed in.
create or replace view :schema.user_security_status with (security_barrier) as
select id, is_locked, failed_login_attempts, password_expired, two_factor_enabled, email_verified,
  days_since_password_change, days_since_login, risk_score,
  case when risk_score < 25 then 'low' when risk_score < 50 then 'medium'
    when risk_score < 75 then 'high' else 'critical' end as risk_level
from (
  select facts.*, least(100, case when is_locked then 30 else 0 end
    + least(25, 5 * least(failed_login_attempts, 5))
    + case when two_factor_enabled then 0 else 20 end
    + case when email_verified then 0 else 10 end
    + case when password_expired then 15 else 0 end
    + case when is_idle then 10 else 0 end) as risk_score
  from (
    select u.:id as id,
      coalesce(:u.account_locked_until > now(), false) as is_locked,
      coalesce(:u.failed_login_attempts, 0) as failed_login_attempts,
      coalesce(:u.password_expires_at <= now(), false) as password_expired,
      :has_second_factor as two_factor_enabled,
      :u.email_verified_at is not null as email_verified,
      floor(extract(epoch from now() - :u.password_changed_at) / 86400)::integer
        as days_since_password_change,
      floor(extract(epoch from now() - :u.last_login_at) / 86400)::integer as days_since_login,
      coalesce(coalesce(:u.last_login_at, :u.created_at) < now() - interval '90 days', false) as is_idle
    from :users u :second_factors
  ) facts
) scored;
