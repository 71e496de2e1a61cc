-- The whole deployment in one row. What a subset of the tables cannot say is 0.
create or replace view :schema.deployment_metrics with (security_barrier) as
select
--if login_attempts
  (select count(*) from :schema.login_attempts
    where created_at > now() - interval '1 hour' and attempt_result = 'success') as recent_logins,
--else
  count(*) filter (where :u.last_login_at > now() - interval '1 hour') as recent_logins,
--end
  count(*) filter (where :u.failed_login_attempts > 0) as users_with_failed_attempts,
  count(*) filter (where :u.account_locked_until > now()) as locked_accounts,
--if two_factor_auth
  (select count(distinct user_id) from :schema.two_factor_auth
    where confirmed_at is not null and encrypted_secret is not null) as encrypted_2fa_users,
--else
  0::bigint as encrypted_2fa_users,
--end
  count(*) filter (where :u.encrypted_phone_number is not null) as encrypted_phone_users,
  avg(extract(epoch from now() - :u.last_login_at))::double precision as avg_seconds_since_login
from :users u;
