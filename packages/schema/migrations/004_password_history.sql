-- postern: table password_history
create table :schema.password_history (
  id uuid primary key default gen_random_uuid(),
  user_id :id_type not null,
  password_hash text not null,
  created_at timestamptz default now() not null,
  constraint password_history_user_fk
    foreign key (user_id) references :users (:id) on delete cascade,
  constraint password_history_password_is_hashed
    check (password_hash ~ '^[$][a-z0-9-]+[$]|^[0-9a-f]{32}:')
);

create index password_history_by_user on :schema.password_history
  (user_id, created_at);
