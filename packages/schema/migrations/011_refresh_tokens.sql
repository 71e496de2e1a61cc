-- postern: table refresh_tokens
create table :schema.refresh_tokens (
  id uuid primary key default gen_random_uuid(),
  family_id uuid not null,
  user_id :id_type not null,
  token_hash varchar(43) not null,
  generation integer default 0 not null,
  amr varchar(64) not null,
  device_id uuid,
  device_name varchar(100),
  device_fingerprint varchar(43),
  ip_address inet,
  user_agent varchar(512),
  expires_at timestamptz not null,
  absolute_expires_at timestamptz not null,
  rotated_at timestamptz,
  sealed_successor text,
  revoked_at timestamptz,
  revoked_reason varchar(32),
  last_used_at timestamptz default now() not null,
  created_at timestamptz default now() not null,
  constraint refresh_tokens_user_fk
    foreign key (user_id) references :users (:id) on delete cascade,
  constraint refresh_tokens_token_is_digested check (token_hash ~ '^[A-Za-z0-9_-]{43}$'),
  constraint refresh_tokens_successor_is_sealed
    check (sealed_successor ~ '^pe1[.][A-Za-z0-9_-]{46,}$'),
  constraint refresh_tokens_successor_after_rotation
    check (sealed_successor is null or rotated_at is not null),
  constraint refresh_tokens_revoked_has_reason
    check ((revoked_at is null) = (revoked_reason is null)),
  constraint refresh_tokens_reason_is_known
    check (revoked_reason in ('signed_out', 'signed_out_everywhere', 'ended_by_user', 'ended_by_admin', 'reuse_detected', 'password_changed', 'account_disabled', 'account_claimed', 'account_erased', 'password_reset', 'factor_changed', 'stepped_up', 'session_limit', 'fingerprint_mismatch')),
  constraint refresh_tokens_idle_within_absolute check (expires_at <= absolute_expires_at)
);

create unique index refresh_tokens_token_hash_key on :schema.refresh_tokens (token_hash);
create unique index refresh_tokens_family_generation_key on :schema.refresh_tokens
  (family_id, generation);
create index refresh_tokens_live_by_user on :schema.refresh_tokens (user_id)
  where generation = 0 and revoked_at is null;
create index refresh_tokens_by_user on :schema.refresh_tokens (user_id);
create index refresh_tokens_by_absolute_end on :schema.refresh_tokens (absolute_expires_at);
