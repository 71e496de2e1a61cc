import type { TransactionSql } from "postgres";
import { type Definition, type Definitions, keyOf } from "./definitions.ts";
import { PushError } from "./push-error.ts";
import { quoted } from "./step.ts";

type Sides = {
  readonly schema: string;
  readonly declared: Definitions;
  readonly found: Definitions;
};
type Holder = { name: string; kind: string; table: string | null };

/** By the letters of pg_class. */
const KINDS: Readonly<Record<string, string>> = {
  i: "INDEX",
  I: "INDEX",
  S: "SEQUENCE",
  c: "TYPE",
};

/**
 * Throws where something else holds the name of an index that is to come: tables and indexes of one
 * schema share their names, and a table that was renamed keeps those of its indexes.
 */
export async function refuseTakenNames(
  tx: TransactionSql,
  { schema, declared, found }: Sides,
): Promise<void> {
  const missing = [...declared.values()].filter(
    (definition) => isNamedInSchema(definition) && !found.has(keyOf(definition)),
  );
  const names = JSON.stringify(missing.map(({ name }) => name));
  const [holder] = await tx.unsafe<Holder[]>(
    `select named.relname as name, named.relkind as kind, home.relname as "table"
     from pg_class named left join pg_index on indexrelid = named.oid
       left join pg_class home on home.oid = indrelid
     where named.relnamespace = to_regnamespace(quote_ident($1))
       and named.relname in (select json_array_elements_text($2::text::json))
     order by 1 limit 1`,
    [schema, names],
  );
  if (!holder) return;
  const { name, kind, table } = holder;
  const word = KINDS[kind] ?? "TABLE";
  throw new PushError(
    `The name ${schema}.${name} is taken by ${table ? `an index of ${schema}.${table}` : `a ${word.toLowerCase()}`}. Nothing was done. Rename it: ALTER ${word} ${quoted(schema, name)} RENAME TO ${quoted(`old_${name}`)};`,
  );
}

const isNamedInSchema = ({ kind }: Definition) =>
  kind === "table" || kind === "index" || kind === "primary_key";
