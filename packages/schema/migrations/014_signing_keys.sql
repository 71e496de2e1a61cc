-- postern: table signing_keys
create table :schema.signing_keys (
  id uuid primary key default gen_random_uuid(),
  kid varchar(43) not null,
  state varchar(16) not null,
  public_jwk jsonb not null,
  sealed_private_jwk text,
  created_at timestamptz default now() not null,
  activated_at timestamptz,
  retired_at timestamptz,
  constraint signing_keys_state_is_known
    check (state in ('next', 'current', 'previous', 'retired')),
  constraint signing_keys_kid_is_a_thumbprint check (kid ~ '^[A-Za-z0-9_-]{43}$'),
  constraint signing_keys_private_is_sealed
    check (sealed_private_jwk ~ '^pe1[.][A-Za-z0-9_-]{46,}$'),
  constraint signing_keys_retired_keeps_no_private
    check ((state = 'retired') = (sealed_private_jwk is null)),
  constraint signing_keys_public_has_no_private check (not (public_jwk ? 'd'))
);

create unique index signing_keys_kid_key on :schema.signing_keys (kid);
create unique index signing_keys_one_per_state_key on :schema.signing_keys (state)
  where state <> 'retired';
