-- postern: table revocations
create table :schema.revocations (
  session_id uuid primary key,
  revoked_at timestamptz default now() not null
);

create index revocations_by_time on :schema.revocations (revoked_at);
