-- postern: table users
create table :schema.users (
  id uuid primary key default gen_random_uuid(),
  email varchar(254) not null,
  email_verified_at timestamptz,
  name varchar(200),
  user_type varchar(64) default 'user' not null,
  role varchar(16) default 'user' not null,
  password_hash text,
  encrypted_phone_number text,
  phone_number_index varchar(22),
  phone_number_hint varchar(32),
  phone_verified_at timestamptz,
  last_login_at timestamptz,
  last_login_ip inet,
  failed_login_attempts integer default 0 not null,
  account_locked_until timestamptz,
  password_changed_at timestamptz,
  password_expires_at timestamptz,
  last_activity_at timestamptz,
  session_count integer default 0 not null,
  disabled_at timestamptz,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint users_role_is_known check (role in ('user', 'admin')),
  constraint users_password_is_hashed check (password_hash ~ '^[$][a-z0-9-]+[$]|^[0-9a-f]{32}:'),
  constraint users_phone_is_sealed check (encrypted_phone_number ~ '^pe1[.][A-Za-z0-9_-]{46,}$'),
  constraint users_phone_has_index
    check ((encrypted_phone_number is null) = (phone_number_index is null)),
  constraint users_counts_are_not_negative
    check (failed_login_attempts >= 0 and session_count >= 0)
);

create unique index users_email_key on :schema.users (lower(email));
create unique index users_phone_number_index_key on :schema.users (phone_number_index);
create index users_locked on :schema.users (account_locked_until)
  where account_locked_until is not null;
create index users_failing on :schema.users (failed_login_attempts)
  where failed_login_attempts > 0;
