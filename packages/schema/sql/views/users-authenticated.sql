-- What somebody who is signed in may see of an account: how to reach it is masked. A phone number
-- has its mask beside it; one in plain text, which is still to be encrypted, is masked here.
create or replace view :schema.users_authenticated with (security_barrier) as
select u.:id as id, :u.name as name, :u.user_type as user_type, :u.created_at as created_at,
  case when :u.email is not null then
    coalesce(left(:u.email, 1) || '***' || substring(:u.email from '.(@[^@]*)$'), '***')
  end as email,
  :masked_phone as phone,
  :u.email_verified_at is not null as email_verified,
  :has_second_factor as two_factor_enabled,
  :u.last_login_at as last_login_at
from :users u :second_factors;
