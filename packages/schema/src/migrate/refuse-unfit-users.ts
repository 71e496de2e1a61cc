import { begin } from "../database/begin.ts";
import { PushError } from "../database/push-error.ts";
import { quoted } from "../database/quoted.ts";
import { isWritable, readParts } from "../repeatable/users-parts.ts";
import type { Migration } from "./migration.ts";
import { partOf } from "./render.ts";
import type { Run } from "./run.ts";
import { findMissing } from "./standing.ts";

/**
 * Throws PushError where what is pending could not be done to the users table as it stands. Looked
 * at before the first of them runs, so that nobody is left half-way by what was plain from the
 * start.
 */
export async function refuseUnfitUsers(run: Run, pending: readonly Migration[]): Promise<void> {
  await refuseOtherKinds(run, pending);
  await refuseForeignOwner(run, pending);
}

/** Drizzle's timestamps have no zone unless told so: the views read them as UTC. */
const BARE_TIME = "timestamp without time zone";

/** ADD COLUMN IF NOT EXISTS would take any column of that name for ours. */
async function refuseOtherKinds(
  { sql, target }: Run,
  pending: readonly Migration[],
): Promise<void> {
  const parts = await begin(sql, (tx) => readParts(tx, target));
  if (!parts) return;
  const { users } = target;
  for (const ourName of pending.flatMap(({ columns }) => columns)) {
    const part = partOf(ourName);
    const type = parts.get(part);
    const isTime = ourName.endsWith("_at") || ourName.endsWith("_until");
    if (!type || isWritable(parts, part) || (isTime && type === BARE_TIME)) continue;
    throw new PushError(
      `${users.schema}.${users.table}.${users.columns[part]} stands already and is ${type}, which is no ${ourName}. Nothing was done. Rename it, or name another column for ours: createSecuritySchema({ users, columns: { ${part}: … } }).`,
    );
  }
}

async function refuseForeignOwner(
  { sql, target }: Run,
  pending: readonly Migration[],
): Promise<void> {
  const missing = await Promise.all(
    pending.map((migration) => findMissing(sql, target, migration)),
  );
  if (missing.flat().length === 0) return;
  const { schema, table } = target.users;
  const [users] = await sql`
    select current_user as role, pg_get_userbyid(relowner) as owner,
      pg_has_role(current_user, relowner, 'usage') as "isOwner",
      has_schema_privilege(relnamespace, 'create') as "mayIndex"
    from pg_class where oid = to_regclass(${quoted(schema, table)})`;
  if (!users || (users.isOwner && users.mayIndex)) return;
  const { role, owner } = users;
  if (users.isOwner) {
    throw new PushError(
      `The role ${role} may not make an index in the schema ${schema}. Nothing was done. To allow it, run as its owner: GRANT CREATE ON SCHEMA ${quoted(schema)} TO ${quoted(role)};`,
    );
  }
  throw new PushError(
    `The role ${role} may not alter ${schema}.${table}: its owner is ${owner}. Nothing was done. Connect as ${owner}, or allow it: GRANT ${quoted(owner)} TO ${quoted(role)}; The tables alone need no owner: --to 019.`,
  );
}
