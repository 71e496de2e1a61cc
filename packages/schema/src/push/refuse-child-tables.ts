import type { TransactionSql } from "postgres";
import { PushError } from "../database/push-error.ts";
import { quoted } from "../database/quoted.ts";
import type { Step } from "../database/step.ts";

type Child = { name: string; parent: string };

/**
 * Throws PushError where a table of somebody else's inherits from one that these steps alter or
 * empty: PostgreSQL would do the same to it.
 */
export async function refuseChildTables(
  tx: TransactionSql,
  schema: string,
  steps: readonly Step[],
): Promise<void> {
  const children = await tx<Child[]>`
    select format('%I.%I', nspname, child.relname) as name, home.relname as parent
    from pg_inherits join pg_class home on home.oid = inhparent
      join pg_class child on child.oid = inhrelid
      join pg_namespace on pg_namespace.oid = child.relnamespace
    where home.relnamespace = to_regnamespace(quote_ident(${schema})) and home.relkind in ('r', 'p')
    order by 1`;
  const child = children.find(({ parent }) => {
    const place = quoted(schema, parent);
    return steps.some(({ sql }) => /^(ALTER|TRUNCATE) TABLE /.test(sql) && sql.includes(place));
  });
  if (!child) return;
  const parent = quoted(schema, child.parent);
  throw new PushError(
    `The table ${child.name} inherits from ${schema}.${child.parent}, and would be changed with it. Nothing was done. Take it out (ALTER TABLE ${child.name} NO INHERIT ${parent};), push, and put it back.`,
  );
}
