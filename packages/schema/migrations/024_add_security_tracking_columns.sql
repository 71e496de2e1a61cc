-- What signing in keeps on the account. Metadata only: PostgreSQL keeps a constant default beside
-- the table and rewrites no row.
-- postern: columns last_login_at last_login_ip failed_login_attempts account_locked_until
-- postern: columns password_changed_at password_expires_at last_activity_at session_count
alter table :users
  add column if not exists :last_login_at timestamptz,
  add column if not exists :last_login_ip inet,
  add column if not exists :failed_login_attempts integer default 0 not null,
  add column if not exists :account_locked_until timestamptz,
  add column if not exists :password_changed_at timestamptz,
  add column if not exists :password_expires_at timestamptz,
  add column if not exists :last_activity_at timestamptz,
  add column if not exists :session_count integer default 0 not null;
