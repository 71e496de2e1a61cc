-- postern: table oauth_connections
create table :schema.oauth_connections (
  id uuid primary key default gen_random_uuid(),
  user_id :id_type not null,
  provider varchar(32) not null,
  issuer varchar(255) not null,
  provider_account_id varchar(255) not null,
  email_hint varchar(260),
  encrypted_access_token text,
  encrypted_refresh_token text,
  scopes text[],
  token_expires_at timestamptz,
  linked_at timestamptz default now() not null,
  last_used_at timestamptz,
  constraint oauth_connections_user_fk
    foreign key (user_id) references :users (:id) on delete cascade,
  constraint oauth_connections_access_token_is_sealed
    check (encrypted_access_token ~ '^pe1[.][A-Za-z0-9_-]{46,}$'),
  constraint oauth_connections_refresh_token_is_sealed
    check (encrypted_refresh_token ~ '^pe1[.][A-Za-z0-9_-]{46,}$')
);

create unique index oauth_connections_identity_key on :schema.oauth_connections
  (issuer, provider_account_id);
create index oauth_connections_by_user on :schema.oauth_connections (user_id);
