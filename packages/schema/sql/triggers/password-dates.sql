-- A password's dates follow its hash, and the hash that it had goes to the history.
--
-- Only a trigger sees every way to change a password: a service, an app's own form, a repair by
-- hand. postern.password_max_age_days gives the expiry date; 0 or nothing means that it never
-- expires. A date that the same statement sets stands: an administrator hands out a password that
-- has expired already. Under postern.same_password = 'on' the hash is replaced by a stronger one of
-- the same password: then nothing happens.
create or replace function :schema.note_password_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
--if password_expires_at
declare
  max_age_days integer :=
    coalesce(nullif(current_setting('postern.password_max_age_days', true), '')::integer, 0);
--end
begin
--if password_changed_at
  if tg_op = 'UPDATE' or new.:password_changed_at is null then
    new.:password_changed_at := now();
  end if;
--end
--if password_expires_at
  if tg_op = 'INSERT' and new.:password_expires_at is null
    or tg_op = 'UPDATE' and new.:password_expires_at is not distinct from old.:password_expires_at
  then
    new.:password_expires_at := case when max_age_days > 0 and new.:password_hash is not null
      then now() + make_interval(days => max_age_days) end;
  end if;
--end
--if password_history
  -- A hash of a form that the history does not take could not be compared with anything.
  if tg_op = 'UPDATE' and new.:password_hash is not null
    and old.:password_hash ~ '^[$][a-z0-9-]+[$]|^[0-9a-f]{32}:'
  then
    insert into :schema.password_history (user_id, password_hash) values (new.:id, old.:password_hash);
  end if;
--end
  return new;
end $$;
revoke all on function :schema.note_password_change() from public;

create or replace trigger postern_password_given before insert on :users
  for each row when (new.:password_hash is not null
    and current_setting('postern.same_password', true) is distinct from 'on')
  execute function :schema.note_password_change();

create or replace trigger postern_password_changed before update on :users
  for each row when (old.:password_hash is distinct from new.:password_hash
    and current_setting('postern.same_password', true) is distinct from 'on')
  execute function :schema.note_password_change();
