-- Removes the oldest rows of a log that are older than `keep`: at most 1,000 in one call, so that no
-- lock is held for long. Returns how many; call it again until that is 0.
--
-- It runs with its owner's rights, so a role that may do nothing else can be let loose on old rows.
-- Hence the fixed list, and that nothing younger than a day goes. Refresh tokens count from the
-- absolute end of their session. The gate of the append-only logs is open inside this call only.
create or replace function :schema.retention_step(table_name text, keep interval, rows integer default 1000)
returns bigint language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  time_column constant text := case
--if login_attempts
    when table_name = 'login_attempts' then 'created_at'
--end
--if security_events
    when table_name = 'security_events' then 'created_at'
--end
--if session_audits
    when table_name = 'session_audits' then 'created_at'
--end
--if email_delivery_log
    when table_name = 'email_delivery_log' then 'created_at'
--end
--if sms_delivery_log
    when table_name = 'sms_delivery_log' then 'created_at'
--end
--if delivery_receipts
    when table_name = 'delivery_receipts' then 'created_at'
--end
--if alerts
    when table_name = 'alerts' then 'created_at'
--end
--if refresh_tokens
    when table_name = 'refresh_tokens' then 'absolute_expires_at'
--end
    when false then '' end;
  -- In the body, since only a superuser may attach a setting of this kind to a function.
  gate constant text := coalesce(current_setting('postern.append_only', true), '');
  removed bigint;
begin
  if time_column is null then
    raise exception 'Nothing is removed from %: it is none of our logs.', quote_literal(table_name)
      using errcode = 'invalid_parameter_value';
  end if;
  if (now() - keep <= now() - interval '1 day') is not true then
    raise exception 'Logs are kept for a day at least.' using errcode = 'invalid_parameter_value';
  end if;
  perform set_config('postern.append_only', 'off', true);
  execute format(
    'delete from %1$s where ctid = any (array(
       select ctid from %1$s where %2$I < now() - $1 limit $2 for update skip locked))',
    format('%I.%I', :'schema', table_name), time_column)
    using keep, least(greatest(coalesce(rows, 1000), 0), 1000);
  get diagnostics removed = row_count;
  perform set_config('postern.append_only', gate, true);
  return removed;
end $$;
revoke all on function :schema.retention_step(text, interval, integer) from public;
