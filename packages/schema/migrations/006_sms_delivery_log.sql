-- postern: table sms_delivery_log
create table :schema.sms_delivery_log (
  id uuid primary key default gen_random_uuid(),
  template varchar(64) not null,
  locale varchar(16) default 'en' not null,
  priority smallint default 2 not null,
  provider varchar(32),
  provider_message_id varchar(255),
  attempts integer default 0 not null,
  next_attempt_at timestamptz default now() not null,
  lease_id uuid,
  lease_expires_at timestamptz,
  error_code varchar(64),
  error_message varchar(500),
  challenge_id varchar(64),
  consumed_at timestamptz,
  resend_of uuid,
  sealed_payload text,
  expires_at timestamptz not null,
  created_at timestamptz default now() not null,
  sent_at timestamptz,
  delivered_at timestamptz,
  failed_at timestamptz,
  user_id :id_type,
  to_phone_hint varchar(32) not null,
  to_phone_index varchar(22) not null,
  status varchar(16) default 'pending' not null,
  country varchar(2) not null,
  segments smallint,
  cost_micros bigint,
  currency varchar(3),
  constraint sms_delivery_log_user_fk
    foreign key (user_id) references :users (:id) on delete set null,
  constraint sms_delivery_log_status_is_known
    check (status in ('pending', 'sending', 'retry', 'sent', 'delivered', 'failed', 'expired', 'suppressed', 'undelivered')),
  constraint sms_delivery_log_payload_is_sealed
    check (sealed_payload ~ '^pe1[.][A-Za-z0-9_-]{46,}$'),
  constraint sms_delivery_log_final_keeps_no_payload
    check (sealed_payload is null or status in ('pending', 'sending', 'retry', 'sent')),
  constraint sms_delivery_log_lease_while_sending
    check ((status = 'sending') = (lease_id is not null) and (lease_id is null) = (lease_expires_at is null)),
  constraint sms_delivery_log_sent_has_time check (status <> 'sent' or sent_at is not null),
  constraint sms_delivery_log_delivered_has_time
    check (status <> 'delivered' or delivered_at is not null),
  constraint sms_delivery_log_failed_has_time check (status <> 'failed' or failed_at is not null),
  constraint sms_delivery_log_attempts_count_up check (attempts >= 0),
  constraint sms_delivery_log_country_is_iso check (country ~ '^[A-Z]{2}$'),
  constraint sms_delivery_log_cost_has_currency
    check ((cost_micros is null) = (currency is null))
);

create index sms_delivery_log_to_claim on :schema.sms_delivery_log (priority, next_attempt_at)
  where status in ('pending', 'retry');
create index sms_delivery_log_leased on :schema.sms_delivery_log (lease_expires_at)
  where status = 'sending';
create index sms_delivery_log_payload_ends on :schema.sms_delivery_log (expires_at)
  where sealed_payload is not null;
create unique index sms_delivery_log_challenge_key on :schema.sms_delivery_log (challenge_id)
  where challenge_id is not null and resend_of is null;
create index sms_delivery_log_by_challenge on :schema.sms_delivery_log (challenge_id)
  where challenge_id is not null;
create index sms_delivery_log_by_recipient on :schema.sms_delivery_log
  (to_phone_index, created_at);
create index sms_delivery_log_by_user on :schema.sms_delivery_log
  (user_id, created_at);
create unique index sms_delivery_log_provider_message_key on :schema.sms_delivery_log
  (provider, provider_message_id)
  where provider_message_id is not null;
create index sms_delivery_log_by_provider on :schema.sms_delivery_log
  (created_at, provider, status)
  where provider is not null;
create index sms_delivery_log_created_brin on :schema.sms_delivery_log using brin (created_at);
create index sms_delivery_log_costs on :schema.sms_delivery_log
  (country, currency, created_at, cost_micros)
  where cost_micros is not null;
