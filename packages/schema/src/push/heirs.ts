import type { TransactionSql } from "postgres";
import { PushError } from "./push-error.ts";
import { quoted, type Step } from "./step.ts";

type Heir = { name: string; parent: string };

/**
 * Throws PushError where a table of somebody else's inherits from one that these steps alter or
 * empty: PostgreSQL would do the same to it.
 */
export async function refuseHeirs(
  tx: TransactionSql,
  schema: string,
  steps: readonly Step[],
): Promise<void> {
  const heirs = await tx<Heir[]>`
    select format('%I.%I', nspname, heir.relname) as name, home.relname as parent
    from pg_inherits join pg_class home on home.oid = inhparent
      join pg_class heir on heir.oid = inhrelid
      join pg_namespace on pg_namespace.oid = heir.relnamespace
    where home.relnamespace = to_regnamespace(quote_ident(${schema})) and home.relkind in ('r', 'p')
    order by 1`;
  const heir = heirs.find(({ parent }) => {
    const place = quoted(schema, parent);
    return steps.some(({ sql }) => /^(ALTER|TRUNCATE) TABLE /.test(sql) && sql.includes(place));
  });
  if (!heir) return;
  const parent = quoted(schema, heir.parent);
  throw new PushError(
    `The table ${heir.name} inherits from ${schema}.${heir.parent}, and would be changed with it. Nothing was done. Take it out (ALTER TABLE ${heir.name} NO INHERIT ${parent};), push, and put it back.`,
  );
}
