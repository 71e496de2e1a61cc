-- postern: table security_events
create table :schema.security_events (
  id bigint generated always as identity primary key,
  event_type varchar(64) not null,
  severity varchar(16) default 'low' not null,
  user_id :id_type,
  session_id uuid,
  token_id uuid,
  ip_address inet,
  user_agent varchar(512),
  device_fingerprint varchar(43),
  metadata jsonb default '{}' not null,
  created_at timestamptz default now() not null,
  constraint security_events_user_fk
    foreign key (user_id) references :users (:id) on delete set null,
  constraint security_events_severity_is_known
    check (severity in ('low', 'medium', 'high', 'critical')),
  constraint security_events_type_is_a_word check (event_type ~ '^[a-z][a-z0-9_]*$'),
  constraint security_events_metadata_is_an_object check (jsonb_typeof(metadata) = 'object')
);

create index security_events_by_user on :schema.security_events
  (user_id, created_at);
create index security_events_by_type on :schema.security_events
  (event_type, created_at);
create index security_events_by_ip_address on :schema.security_events
  (ip_address, created_at);
create index security_events_by_session on :schema.security_events (session_id)
  where session_id is not null;
create index security_events_by_severity on :schema.security_events
  (severity, created_at);
create index security_events_created_brin on :schema.security_events using brin (created_at);
