-- postern: table suppressions
create table :schema.suppressions (
  id bigint primary key generated always as identity,
  channel varchar(8) not null,
  recipient_index varchar(22) not null,
  reason varchar(16) not null,
  created_at timestamptz default now() not null,
  lifted_at timestamptz,
  constraint suppressions_channel_is_known check (channel in ('email', 'sms')),
  constraint suppressions_reason_is_known
    check (reason in ('hard_bounce', 'complaint', 'opt_out'))
);

create unique index suppressions_in_force_key on :schema.suppressions (channel, recipient_index)
  where lifted_at is null;
create index suppressions_by_recipient on :schema.suppressions (recipient_index, created_at);
