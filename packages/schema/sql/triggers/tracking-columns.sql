-- The tracking columns agree with each other, however many transactions write them at once.
--
-- Of two sign-ins the later one's time stays, in whichever order they commit. Who signed in was
-- active. An account without failures is not locked by failures. A session that ends twice does not
-- count below nothing.
create or replace function :schema.keep_tracking_columns() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
--if last_login_at
  if new.:last_login_at < old.:last_login_at then
    new.:last_login_at := old.:last_login_at;
  end if;
--end
--if last_activity_at
  if new.:last_activity_at < old.:last_activity_at then
    new.:last_activity_at := old.:last_activity_at;
  end if;
--end
--if last_login_at last_activity_at
  new.:last_activity_at := greatest(new.:last_activity_at, new.:last_login_at);
--end
--if failed_login_attempts account_locked_until
  if new.:failed_login_attempts = 0 and old.:failed_login_attempts <> 0 then
    new.:account_locked_until := null;
  end if;
--end
--if session_count
  new.:session_count := greatest(new.:session_count, 0);
--end
  return new;
end $$;
revoke all on function :schema.keep_tracking_columns() from public;

create or replace trigger postern_tracking_columns before update on :users
  for each row when ((:tracked_old) is distinct from (:tracked_new))
  execute function :schema.keep_tracking_columns();
