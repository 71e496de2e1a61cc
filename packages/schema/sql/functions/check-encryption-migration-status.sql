-- How far encryption has come: a row for each sealed column, and one for each column of plain text
-- that is to be emptied into one. It counts, so it reads every row of the tables it names.
--
-- Stage: `sealed` where a column never held anything else, `plain` where nobody began to encrypt it,
-- `contract` where the plain column is gone, else what postern_internal.encryptions says. `total` are the rows that hold a value, `remaining`
-- those whose value stands nowhere sealed. A key that `by_key` counts nowhere may go; successors of
-- refresh tokens are under no root key.
--
-- It runs with its owner's rights, since who asks must not read the columns, and returns no value.
create or replace function :schema.check_encryption_migration_status()
returns table (table_name text, column_name text, stage text, total bigint, encrypted bigint,
  remaining bigint, percent numeric, by_key jsonb, last_error text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  part record;
  registered jsonb := '[]';
begin
  for part in
    select * from (values :sealed_columns) as sealed (home, relation, name, has_root_key)
    where relation is not null
  loop
    table_name := part.relation;
    column_name := part.name;
    stage := 'sealed';
    execute format('select count(%3$I), count(*) filter (where %3$I ~ %4$L)
      from %1$I.%2$I', part.home, part.relation, part.name, ':sealed_pattern') into total, encrypted;
    remaining := total - encrypted;
    percent := case total when 0 then 100 else round(100.0 * encrypted / total, 1) end;
    by_key := case when part.has_root_key
      then :schema.count_by_key(part.home, part.relation, part.name) else '{}' end;
    return next;
  end loop;

  if to_regclass('postern_internal.encryptions') is not null then
    execute 'select coalesce(jsonb_agg(e), ''[]'') from postern_internal.encryptions e' into registered;
  end if;
  for part in
    with begun as (
      select * from jsonb_to_recordset(registered) as e (schema_name text, table_name text,
        column_name text, into_schema text, into_table text, into_column text, stage text, last_error text)
    ), known (schema_name, table_name, column_name, into_schema, into_table, into_column) as (
      values :plain_columns
    )
    select e.schema_name as home, e.table_name as relation, e.column_name as name, e.into_schema,
      e.into_table, e.into_column, e.stage, e.last_error
    from begun e
    union all
    select k.*, 'plain', null from known k
    where k.table_name is not null and not exists (select from begun e
      where (e.schema_name, e.table_name, e.column_name) = (k.schema_name, k.table_name, k.column_name))
  loop
    table_name := part.relation;
    column_name := part.name;
    stage := part.stage;
    last_error := part.last_error;
    if not exists (select from pg_attribute
      where attrelid = to_regclass(format('%I.%I', part.home, part.relation))
        and attname = part.name and not attisdropped) then
      -- Gone, and nothing left to encrypt. Of one that nobody encrypted there is nothing to tell.
      continue when part.stage = 'plain'
        or to_regclass(format('%I.%I', part.into_schema, part.into_table)) is null;
      execute format('select count(%I) from %I.%I', part.into_column, part.into_schema,
        part.into_table) into total;
      stage := 'contract';
      encrypted := total;
      remaining := 0;
      percent := 100;
      by_key := :schema.count_by_key(part.into_schema, part.into_table, part.into_column);
      return next;
      continue;
    end if;
    -- A value is kept sealed in its own row, or in another table in a row of its user's.
    execute format(
      'select count(*) filter (where plain or sealed), count(*) filter (where plain and not sealed)
       from (select p.%3$I is not null as plain, %4$s as sealed from %1$I.%2$I p) rows',
      part.home, part.relation, part.name,
      case when (part.home, part.relation) = (part.into_schema, part.into_table)
        then format('p.%I is not null', part.into_column)
        else format('exists (select from %I.%I i where i.user_id = p.%I and i.%I is not null)',
          part.into_schema, part.into_table, :'id', part.into_column) end) into total, remaining;
    encrypted := total - remaining;
    percent := case total when 0 then 100 else round(100.0 * encrypted / total, 1) end;
    by_key := :schema.count_by_key(part.into_schema, part.into_table, part.into_column);
    return next;
  end loop;
end $$;
revoke all on function :schema.check_encryption_migration_status() from public;
