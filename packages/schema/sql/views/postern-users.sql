-- The bound users by our own names, as the auth service reads and writes them. PostgreSQL makes it
-- updatable by itself: what is written here is written to the users table, under its own rules.
create or replace view :schema.postern_users as
select u.:id as id, u.:email as email, u.:email_verified_at as email_verified_at, u.:name as name,
  u.:user_type as user_type,
--if role
  u.:role as role,
--else
  'user'::text as role,
--end
  u.:password_hash as password_hash, u.:encrypted_phone_number as encrypted_phone_number,
  u.:phone_number_index as phone_number_index, u.:phone_number_hint as phone_number_hint,
  u.:phone_verified_at as phone_verified_at, u.:last_login_at as last_login_at,
  u.:last_login_ip as last_login_ip, u.:failed_login_attempts as failed_login_attempts,
  u.:account_locked_until as account_locked_until, u.:password_changed_at as password_changed_at,
  u.:password_expires_at as password_expires_at, u.:last_activity_at as last_activity_at,
  u.:session_count as session_count, u.:disabled_at as disabled_at, u.:created_at as created_at,
  u.:updated_at as updated_at
from :users u;
