-- postern: table session_audits
create table :schema.session_audits (
  id bigint generated always as identity primary key,
  user_id :id_type,
  session_id uuid not null,
  action varchar(32) not null,
  ip_address inet,
  user_agent varchar(512),
  metadata jsonb default '{}' not null,
  created_at timestamptz default now() not null,
  constraint session_audits_user_fk
    foreign key (user_id) references :users (:id) on delete set null,
  constraint session_audits_action_is_known
    check (action in ('started', 'refreshed', 'stepped_up', 'ended')),
  constraint session_audits_metadata_is_an_object check (jsonb_typeof(metadata) = 'object')
);

create index session_audits_by_user on :schema.session_audits (user_id, created_at);
create index session_audits_by_session on :schema.session_audits (session_id, created_at);
create index session_audits_created_brin on :schema.session_audits using brin (created_at);
