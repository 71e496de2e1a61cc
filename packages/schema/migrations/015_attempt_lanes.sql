-- postern: table attempt_lanes
create table :schema.attempt_lanes (
  lane_digest varchar(43) primary key,
  failures integer default 0 not null,
  window_started_at timestamptz default now() not null,
  locks integer default 0 not null,
  locked_until timestamptz,
  failed_at timestamptz[],
  reserved_until timestamptz[],
  constraint attempt_lanes_lane_is_digested check (lane_digest ~ '^[A-Za-z0-9_-]{43}$'),
  constraint attempt_lanes_counts_are_not_negative check (failures >= 0 and locks >= 0)
);

create index attempt_lanes_by_window on :schema.attempt_lanes (window_started_at);
