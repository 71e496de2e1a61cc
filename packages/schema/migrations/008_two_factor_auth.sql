-- postern: table two_factor_auth
create table :schema.two_factor_auth (
  id uuid primary key default gen_random_uuid(),
  user_id :id_type not null,
  method varchar(16) not null,
  encrypted_secret text,
  last_used_step bigint,
  backup_code_hashes text[],
  confirmed_at timestamptz,
  last_used_at timestamptz,
  created_at timestamptz default now() not null,
  constraint two_factor_auth_user_fk
    foreign key (user_id) references :users (:id) on delete cascade,
  constraint two_factor_auth_method_is_known check (method in ('totp', 'sms', 'email')),
  constraint two_factor_auth_secret_is_sealed
    check (encrypted_secret ~ '^pe1[.][A-Za-z0-9_-]{46,}$'),
  constraint two_factor_auth_totp_has_secret
    check ((method = 'totp') = (encrypted_secret is not null))
);

create unique index two_factor_auth_user_method_key on :schema.two_factor_auth (user_id, method);
