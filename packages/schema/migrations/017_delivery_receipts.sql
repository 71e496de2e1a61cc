-- postern: table delivery_receipts
create table :schema.delivery_receipts (
  id bigint primary key generated always as identity,
  channel varchar(8) not null,
  provider varchar(32) not null,
  provider_message_id varchar(255) not null,
  delivery_id uuid,
  status varchar(16) not null,
  error_code varchar(64),
  error_message varchar(500),
  suppression varchar(16),
  applied_at timestamptz,
  created_at timestamptz default now() not null,
  constraint delivery_receipts_channel_is_known check (channel in ('email', 'sms')),
  constraint delivery_receipts_status_is_known
    check (status in ('sent', 'undelivered', 'delivered', 'bounced', 'complained')),
  constraint delivery_receipts_suppression_is_known
    check (suppression in ('hard_bounce', 'complaint', 'opt_out'))
);

create unique index delivery_receipts_provider_key on :schema.delivery_receipts
  (provider, provider_message_id, status);
create index delivery_receipts_unapplied on :schema.delivery_receipts (created_at)
  where applied_at is null;
create index delivery_receipts_by_delivery on :schema.delivery_receipts (delivery_id)
  where delivery_id is not null;
create index delivery_receipts_created_brin on :schema.delivery_receipts using brin (created_at);
