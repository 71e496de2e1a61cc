-- postern: table alerts
create table :schema.alerts (
  id bigint primary key generated always as identity,
  event_type varchar(64) not null,
  severity varchar(16) not null,
  events integer not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  attempts smallint default 0 not null,
  next_attempt_at timestamptz,
  posted_at timestamptz,
  created_at timestamptz default now() not null,
  constraint alerts_severity_is_known check (severity in ('low', 'medium', 'high', 'critical')),
  constraint alerts_count_something check (events > 0 and last_at >= first_at)
);

create index alerts_by_type on :schema.alerts (event_type, created_at);
create index alerts_due on :schema.alerts (next_attempt_at) where next_attempt_at is not null;
create index alerts_created_brin on :schema.alerts using brin (created_at);
