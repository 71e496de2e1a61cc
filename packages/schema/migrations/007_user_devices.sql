-- postern: table user_devices
create table :schema.user_devices (
  id uuid primary key default gen_random_uuid(),
  user_id :id_type not null,
  token_hash varchar(43) not null,
  fingerprint varchar(43),
  name varchar(100),
  browser varchar(64),
  os varchar(64),
  device_type varchar(32),
  trusted_until timestamptz,
  first_seen_at timestamptz default now() not null,
  last_seen_at timestamptz default now() not null,
  last_ip inet,
  revoked_at timestamptz,
  constraint user_devices_user_fk
    foreign key (user_id) references :users (:id) on delete cascade,
  constraint user_devices_token_is_digested check (token_hash ~ '^[A-Za-z0-9_-]{43}$')
);

create unique index user_devices_token_hash_key on :schema.user_devices (token_hash);
create index user_devices_by_user on :schema.user_devices (user_id, last_seen_at);
