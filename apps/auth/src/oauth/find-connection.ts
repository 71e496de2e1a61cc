import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { statement } from "../statement.ts";
import type { UserId } from "../tables.ts";
import type { Identity } from "./identity.ts";

const p = sql.placeholder;

export type Connection = { id: string; userId: UserId; email: string };

const find = statement<{ id: string; user_id: UserId; email: string }>(
  (t) => sql`
    select c.id, c.user_id, u.email from ${t.oauthConnections} c
    join ${t.users} u on u.id = c.user_id
    where c.issuer = ${p("issuer")} and c.provider_account_id = ${p("subject")}
      and c.unlinked_at is null`,
);

/** Who here has this identity: issuer and subject, never the email. Null where nobody has. */
export async function findConnection(
  deps: Deps,
  { issuer, subject }: Identity,
): Promise<Connection | null> {
  const [row] = await find(deps, { issuer, subject });
  return row ? { id: row.id, userId: row.user_id, email: row.email } : null;
}
