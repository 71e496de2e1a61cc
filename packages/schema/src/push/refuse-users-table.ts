import type { TransactionSql } from "postgres";
import { PushError } from "../database/push-error.ts";
import { withSearchPath } from "../database/search-path.ts";
import { columnOf, type Definitions } from "../declared/definitions.ts";
import type { Target } from "../target.ts";

type IdColumn = { type: string | null; base: string | null };

// Of a table that stands and has no such column there is a row of nulls.
const READ = `
  select format_type(atttypid, null) as type, format_type(nullif(typbasetype, 0), null) as base
  from pg_class home join pg_namespace on pg_namespace.oid = relnamespace
    left join pg_attribute on attrelid = home.oid and attname = $3 and not attisdropped
    left join pg_type on pg_type.oid = atttypid
  where nspname = $1 and relname = $2 and relkind in ('r', 'p')`;

/** Throws where the users table that the declared tables hang from is not as they take it to be. */
export async function refuseUsersTable(
  tx: TransactionSql,
  { tables, users }: Target,
  declared: Definitions,
): Promise<void> {
  const hanging = [...declared.values()].find(({ kind }) => kind === "foreign_key");
  const isMadeHere = users.isOurs && tables.includes(users.table);
  if (isMadeHere || !hanging) return;
  const name = `${users.schema}.${users.table}`;
  const [id] = await withSearchPath(
    tx,
    () => "pg_catalog",
    () => tx.unsafe<IdColumn[]>(READ, [users.schema, users.table, users.id]),
  );
  if (!id) {
    const fix = users.isOurs
      ? "Export posternUsers too, or bind the tables to your own: createSecuritySchema({ users })"
      : "Create it first, as your app always does";
    throw new PushError(
      `The table ${name}, which ${hanging.table} hangs from, does not exist. Nothing was done. ${fix}.`,
    );
  }
  refuseOtherType(`${name}.${users.id}`, id, declared);
}

function refuseOtherType(name: string, { type, base }: IdColumn, declared: Definitions): void {
  const ownId = [...declared.values()].find(
    (definition) => definition.kind === "column" && definition.name === "user_id",
  );
  const wanted = ownId && columnOf(ownId).type.replace(/\(\d+\)$/, "");
  if (!type || !wanted || wanted === type || wanted === base) return;
  throw new PushError(
    `${name} is ${type} in the database and ${wanted} in your Drizzle table. Nothing was done. Declare it as it is.`,
  );
}
