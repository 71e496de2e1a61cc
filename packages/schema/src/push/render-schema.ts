import { quoted } from "../database/quoted.ts";
import { renderTransaction } from "../database/render-transaction.ts";
import { declarationIn } from "../declared/declaration-in.ts";
import { describeTable } from "../declared/describe-table.ts";
import { createAll } from "../declared/statements.ts";
import { renderRepeatable } from "../repeatable/render-repeatable.ts";
import type { Roles } from "../repeatable/roles.ts";

/**
 * Everything that an empty database needs, as one transaction for psql, and what was left out.
 * Throws PushError.
 */
export function renderSchema(exported: Readonly<Record<string, unknown>>, roles: Roles) {
  const { target, tables } = declarationIn(exported);
  const statements = createAll(target.schema, tables.map(describeTable));
  const { steps, notes } = renderRepeatable(target, { roles });
  // Types are as declared: that of an id may be the app's own.
  const path = ["pg_catalog", quoted(target.users.schema), "public"].join(", ");
  return { sql: renderTransaction([...statements, ...steps.map(({ sql }) => sql)], path), notes };
}
