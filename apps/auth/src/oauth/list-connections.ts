import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { isoTime } from "../iso-time.ts";
import { statement } from "../statement.ts";

export type ConnectionView = {
  id: string;
  provider: string;
  emailHint: string | null;
  linkedAt: string;
  lastUsedAt: string | null;
};

type Row = {
  id: string;
  provider: string;
  email_hint: string | null;
  linked_at: number;
  last_used_at: number | null;
};

const list = statement<Row>(
  (t) => sql`
    select c.id, c.provider, c.email_hint,
      extract(epoch from c.linked_at)::float8 as linked_at,
      extract(epoch from c.last_used_at)::float8 as last_used_at
    from ${t.oauthConnections} c where c.user_id = ${sql.placeholder("userId")}
      and c.unlinked_at is null
    order by c.linked_at, c.id`,
);

/** The caller's ways in by a provider, oldest first. */
export async function listConnections(deps: Deps, userId: string): Promise<ConnectionView[]> {
  const rows = await list(deps, { userId });
  return rows.map((row) => ({
    id: row.id,
    provider: row.provider,
    emailHint: row.email_hint,
    linkedAt: isoTime(row.linked_at),
    lastUsedAt: row.last_used_at === null ? null : isoTime(row.last_used_at),
  }));
}
