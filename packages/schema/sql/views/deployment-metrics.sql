-- The whole deployment in one row. What a subset of the tables cannot say is 0. Failures and locks are
-- counted in their partial indexes; a second factor with a secret is there once for an account, by
-- CHECK and unique index. The average asks every account for its last sign-in, so it is taken of
-- the moments and not of a million differences.
create or replace view :schema.deployment_metrics with (security_barrier) as
select
--if login_attempts
  (select count(*) from :schema.login_attempts
    where created_at > now() - interval '1 hour' and attempt_result = 'success') as recent_logins,
--else
  count(*) filter (where :u.last_login_at > now() - interval '1 hour') as recent_logins,
--end
  (select count(*) from :users u where :u.failed_login_attempts > 0) as users_with_failed_attempts,
  (select count(*) from :users u where :u.account_locked_until > now()) as locked_accounts,
--if two_factor_auth
  (select count(*) from :schema.two_factor_auth
    where confirmed_at is not null and encrypted_secret is not null) as encrypted_2fa_users,
--else
  0::bigint as encrypted_2fa_users,
--end
  count(*) filter (where :u.encrypted_phone_number is not null) as encrypted_phone_users,
  date_part('epoch', now()) - avg(date_part('epoch', :u.last_login_at)) as avg_seconds_since_login
from :users u;
