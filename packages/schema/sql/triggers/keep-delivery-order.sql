-- A delivery goes forward only.
--
--   pending → sending → sent → delivered          sent → undelivered, bounced, complained
--   sending → retry → sending, sending → failed   pending, retry → expired, suppressed
--
-- A worker may find that the message is past its end, or that a text may not go out for its cost or
-- its country: sending → expired, suppressed.
-- Receipts come late, twice and in any order. They are ranked, and count from sending and retry on,
-- since a provider may be quicker than the worker that writes down what it answered: a lower rank
-- than the row has changes nothing, and is no error. What is final keeps no payload.
create or replace function :schema.keep_delivery_order() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  ranks constant text[] := '{sent,undelivered,delivered,bounced,complained}';
  old_rank constant integer := array_position(ranks, old.status::text);
  new_rank constant integer := array_position(ranks, new.status::text);
begin
  if new_rank < old_rank then
    return null;
  end if;
  if not coalesce(new_rank > old_rank, false)
    and not (new_rank is not null and old.status in ('sending', 'retry'))
    and (old.status, new.status) not in (
      ('pending', 'sending'), ('pending', 'expired'), ('pending', 'suppressed'),
      ('sending', 'retry'), ('sending', 'failed'), ('sending', 'expired'),
      ('sending', 'suppressed'),
      ('retry', 'sending'), ('retry', 'expired'), ('retry', 'suppressed'))
  then
    raise exception 'A delivery does not go from % to %.', old.status, new.status
      using errcode = 'check_violation', schema = tg_table_schema, table = tg_table_name,
        column = 'status', constraint = tg_table_name || '_status_goes_forward';
  end if;
  if new.status not in ('pending', 'sending', 'retry', 'sent') then
    new.sealed_payload := null;
  end if;
  return new;
end $$;
revoke all on function :schema.keep_delivery_order() from public;
