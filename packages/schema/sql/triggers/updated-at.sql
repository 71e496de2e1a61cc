-- updated_at is the time of the last change of the row, whoever made it and whatever it was.
--
-- Of an app's own table every UPDATE counts: a comparison of whole rows fails where a column is json,
-- and PostgreSQL refuses it in a trigger where one is generated.
create or replace function :schema.touch_updated_at() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  new.:updated_at := now();
  return new;
end $$;
revoke all on function :schema.touch_updated_at() from public;

create or replace trigger postern_updated_at before update on :users
  for each row
--if our_users
  when (old.* is distinct from new.*)
--end
  execute function :schema.touch_updated_at();
