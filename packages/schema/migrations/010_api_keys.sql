-- postern: table api_keys
create table :schema.api_keys (
  id uuid primary key default gen_random_uuid(),
  user_id :id_type not null,
  name varchar(100) not null,
  prefix varchar(32) not null,
  key_hash varchar(43) not null,
  scopes text[] not null,
  rate_limit_per_minute integer,
  expires_at timestamptz not null,
  last_used_at timestamptz,
  last_used_ip inet,
  revoked_at timestamptz,
  created_at timestamptz default now() not null,
  constraint api_keys_user_fk
    foreign key (user_id) references :users (:id) on delete cascade,
  constraint api_keys_key_is_digested check (key_hash ~ '^[A-Za-z0-9_-]{43}$'),
  constraint api_keys_rate_is_positive check (rate_limit_per_minute > 0)
);

create unique index api_keys_key_hash_key on :schema.api_keys (key_hash);
create index api_keys_by_user on :schema.api_keys (user_id, created_at);
