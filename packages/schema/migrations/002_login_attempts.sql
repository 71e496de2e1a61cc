-- postern: table login_attempts
create table :schema.login_attempts (
  id bigint generated always as identity primary key,
  identifier_hint varchar(260) not null,
  identifier_index varchar(22) not null,
  user_id :id_type,
  ip_address inet,
  user_agent varchar(512),
  attempt_result varchar(32) not null,
  failure_reason varchar(100),
  device_id uuid,
  created_at timestamptz default now() not null,
  constraint login_attempts_user_fk
    foreign key (user_id) references :users (:id) on delete set null,
  constraint login_attempts_result_is_known
    check (attempt_result in ('success', 'failed_password', 'unknown_account', 'failed_second_factor', 'second_factor_required', 'locked', 'throttled', 'disabled', 'expired_password'))
);

create index login_attempts_by_user on :schema.login_attempts (user_id, created_at);
create index login_attempts_by_identifier on :schema.login_attempts
  (identifier_index, created_at);
create index login_attempts_by_ip_address on :schema.login_attempts
  (ip_address, created_at);
create index login_attempts_failed on :schema.login_attempts
  (created_at, ip_address, identifier_index)
  where attempt_result not in ('success', 'second_factor_required', 'expired_password');
create index login_attempts_created_brin on :schema.login_attempts using brin (created_at);
