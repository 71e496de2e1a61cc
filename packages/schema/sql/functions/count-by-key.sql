-- How many sealed values of a column there are under each root key: {"1": 20, "2": 5}. The header of
-- a value, its characters 5 to 12, says the key's id in bytes 2 to 5.
create or replace function :schema.count_by_key(home text, relation text, sealed_column text)
returns jsonb language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  counts jsonb;
begin
  execute format(
    'select jsonb_object_agg(id, rows) from (
       select get_byte(header, 2)::bigint << 24 | get_byte(header, 3) << 16
         | get_byte(header, 4) << 8 | get_byte(header, 5) as id, sum(rows) as rows
       from (
         select decode(translate(substr(%3$I, 5, 8), ''-_'', ''+/''), ''base64'') as header,
           count(*) as rows
         from %1$I.%2$I where %3$I ~ '':sealed_pattern'' group by 1
       ) headers group by 1
     ) keys', home, relation, sealed_column) into counts;
  return coalesce(counts, '{}');
end $$;
revoke all on function :schema.count_by_key(text, text, text) from public;
