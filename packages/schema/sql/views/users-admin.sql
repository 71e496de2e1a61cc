-- What an administrator may see of an account: the email whole, the phone number and the address
-- masked still, no hash, no sealed value, no blind index.
create or replace view :schema.users_admin with (security_barrier) as
select u.:id as id, :u.name as name, :u.user_type as user_type, :u.created_at as created_at,
  :u.email as email,
  :masked_phone as phone,
  :u.email_verified_at is not null as email_verified,
  :has_second_factor as two_factor_enabled,
  :u.last_login_at as last_login_at,
  :network(:u.last_login_ip) as last_login_ip,
  :u.failed_login_attempts as failed_login_attempts,
  :u.account_locked_until as account_locked_until,
  :u.password_changed_at as password_changed_at,
  :u.password_expires_at as password_expires_at,
  :u.last_activity_at as last_activity_at,
  :u.session_count as session_count,
  :u.disabled_at as disabled_at
from :users u :second_factors;
