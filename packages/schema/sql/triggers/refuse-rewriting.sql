-- What happened stays as it was written: an append-only row is neither changed nor deleted, by
-- nobody, the owner of the table included. One thing may change: erasing an account takes its
-- user_id away. postern.append_only = 'off' opens the gate; retention_step() sets it for itself.
-- It opens nothing to the services' role, which has no privilege to update or delete here at all.
create or replace function :schema.refuse_rewriting() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if current_setting('postern.append_only', true) is not distinct from 'off' then
    return new;
  end if;
  if tg_op = 'UPDATE' then
    old.user_id := null;
    if new is not distinct from old then
      return new;
    end if;
  end if;
  raise exception '% is append-only: % was refused.', tg_table_name, tg_op
    using errcode = 'insufficient_privilege', schema = tg_table_schema, table = tg_table_name,
      hint = 'Old rows are removed by retention_step().';
end $$;
revoke all on function :schema.refuse_rewriting() from public;
