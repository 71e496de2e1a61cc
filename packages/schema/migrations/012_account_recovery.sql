-- postern: table account_recovery
create table :schema.account_recovery (
  id uuid primary key default gen_random_uuid(),
  user_id :id_type not null,
  method varchar(32) not null,
  token_hash varchar(43) not null,
  ip_address inet,
  user_agent varchar(512),
  expires_at timestamptz not null,
  used_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz default now() not null,
  constraint account_recovery_user_fk
    foreign key (user_id) references :users (:id) on delete cascade,
  constraint account_recovery_method_is_known
    check (method in ('email_link', 'email_code', 'sms_code', 'admin')),
  constraint account_recovery_token_is_digested check (token_hash ~ '^[A-Za-z0-9_-]{43}$'),
  constraint account_recovery_ends_once check (used_at is null or revoked_at is null)
);

create unique index account_recovery_token_hash_key on :schema.account_recovery (token_hash);
create index account_recovery_by_user on :schema.account_recovery
  (user_id, created_at);
