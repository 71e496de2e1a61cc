-- Lets the next signing key sign: next becomes current, current previous, and previous is retired
-- with its private half gone (D10). Returns what it did: `turned`, or why it did not.
--
-- A verifier must know a key before it signs, so the next one must have been served for `served`;
-- and a key must be served until the last token that it signed has ended, so the current one must
-- have signed for `tokens_live`, or the previous one would go too early. One caller at a time: the
-- others wait for the rows and then find nothing due.
create or replace function :schema.turn_signing_keys(older_than interval, served interval, tokens_live interval)
returns text language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
  signs :schema.signing_keys;
  comes :schema.signing_keys;
begin
  perform 1 from :schema.signing_keys where state <> 'retired' order by id for update;
  select * into signs from :schema.signing_keys where state = 'current';
  select * into comes from :schema.signing_keys where state = 'next';
  if signs.id is null or comes.id is null then
    return 'no key';
  end if;
  if signs.activated_at > now() - older_than then
    return 'not due';
  end if;
  if comes.created_at > now() - served then
    return 'next is too young';
  end if;
  if signs.activated_at > now() - tokens_live
    and exists (select from :schema.signing_keys where state = 'previous') then
    return 'tokens of the previous live';
  end if;
  update :schema.signing_keys set state = 'retired', sealed_private_jwk = null, retired_at = now()
  where state = 'previous';
  update :schema.signing_keys set state = 'previous' where id = signs.id;
  update :schema.signing_keys set state = 'current', activated_at = now() where id = comes.id;
--if security_events
  insert into :schema.security_events (event_type, metadata)
  values ('signing_key_rotated', jsonb_build_object('kid', comes.kid));
--end
  return 'turned';
end $$;
revoke all on function :schema.turn_signing_keys(interval, interval, interval) from public;
