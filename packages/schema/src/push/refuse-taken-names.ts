import type { TransactionSql } from "postgres";
import { PushError } from "../database/push-error.ts";
import { quoted } from "../database/quoted.ts";
import { type Definition, type Definitions, keyOf } from "../declared/definitions.ts";

type Sides = {
  readonly schema: string;
  readonly declared: Definitions;
  readonly found: Definitions;
};
type Holder = { name: string; kind: string; table: string | null };

// Tables, views, indexes and sequences of a schema share their names. A table is a type besides.
const READ = `
  with missing as (
    select * from json_to_recordset($2::text::json) as m (kind text, name name))
  select relname as name, home as "table", case relkind when 'i' then 'INDEX' when 'I' then 'INDEX'
    when 'S' then 'SEQUENCE' when 'c' then 'TYPE' else 'TABLE' end as kind
  from missing join pg_class on relname = name
    left join (select indexrelid, relname as home from pg_index join pg_class on oid = indrelid) i
      on indexrelid = oid
  where relnamespace = to_regnamespace(quote_ident($1))
  union all
  select typname, null, case typtype when 'd' then 'DOMAIN' else 'TYPE' end
  from missing join pg_type on typname = name and kind = 'table'
  where typnamespace = to_regnamespace(quote_ident($1)) and typrelid = 0 and typcategory <> 'A'
  order by 1 limit 1`;

/**
 * Throws where something else holds the name of a table or an index that is to come. A table that
 * was renamed keeps those of its indexes.
 */
export async function refuseTakenNames(
  tx: TransactionSql,
  { schema, declared, found }: Sides,
): Promise<void> {
  const missing = [...declared.values()].filter(
    (definition) => isNamedInSchema(definition) && !found.has(keyOf(definition)),
  );
  const names = missing.map(({ kind, name }) => ({ kind, name }));
  const [holder] = await tx.unsafe<Holder[]>(READ, [schema, JSON.stringify(names)]);
  if (!holder) return;
  const { name, kind, table } = holder;
  throw new PushError(
    `The name ${schema}.${name} is taken by ${table ? `an index of ${schema}.${table}` : `a ${kind.toLowerCase()}`}. Nothing was done. Rename it: ALTER ${kind} ${quoted(schema, name)} RENAME TO ${quoted(`old_${name}`)};`,
  );
}

const isNamedInSchema = ({ kind }: Definition) =>
  kind === "table" || kind === "index" || kind === "primary_key";
