import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { AccessClaims } from "../sessions/verified-tokens.ts";
import { statement } from "../statement.ts";
import { EVENT_COLUMNS, type EventRow, type EventView, toEventView } from "./event-view.ts";
import { isAdmin } from "./require-admin.ts";

const p = sql.placeholder;

const POLL_MILLISECONDS = 1_000;
const HEARTBEAT_POLLS = 15;
const ROWS_PER_POLL = 200;
/**
 * An id is given when a row is written, and seen when its transaction commits: a lower one may come
 * later. Statements have 3 s, so whatever is older has come or never will.
 */
const SETTLED_MILLISECONDS = 10_000;

const readAfter = statement<EventRow>(
  (t) => sql`
    select ${EVENT_COLUMNS} from ${t.securityEvents} e
    where e.id > ${p("after")}::bigint and e.severity = any(${p("severities")}::text[])
      and e.id <> all(${p("seen")}::bigint[])
    order by e.id limit ${ROWS_PER_POLL}`,
);

const readLast = statement<{ id: string }>(
  (t) => sql`select coalesce(max(id), 0)::text as id from ${t.securityEvents}`,
);

export type Following = {
  claims: AccessClaims;
  severities: readonly EventView["severity"][];
  /** The last event that the client has; without it the stream begins with what is new. */
  after: string | undefined;
  signal: AbortSignal;
};

/**
 * New security events, as they come: a batch at each poll that found some, an empty one now and then
 * to show that the line is alive. Ends by itself within two seconds once the session or the token
 * has ended, or the caller is no administrator any more.
 */
export async function* followEvents(
  deps: Deps,
  { claims, severities, after, signal }: Following,
): AsyncGenerator<EventView[]> {
  const position = createPosition(after ?? (await readLast(deps))[0]?.id ?? "0");
  for (let quiet = 0; !signal.aborted && (await mayGoOn(deps, claims)); ) {
    const rows = await readAfter(deps, { ...position.read(), severities: [...severities] });
    position.note(rows.map(({ id }) => id));
    quiet = rows.length > 0 ? 0 : quiet + 1;
    if (rows.length > 0 || quiet % HEARTBEAT_POLLS === 1) {
      yield rows.map(toEventView);
    }
    if (rows.length < ROWS_PER_POLL) {
      await sleep(POLL_MILLISECONDS, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function mayGoOn(deps: Deps, claims: AccessClaims): Promise<boolean> {
  const { revocations, now } = deps;
  const isOver = claims.exp <= now().getTime() / 1000 || revocations.has(claims.sid);
  return !isOver && !revocations.isStale() && (await isAdmin(deps, claims));
}

/** How far the stream is: all up to `after` was sent or is settled, and `seen` of what follows. */
function createPosition(start: string) {
  let after = start;
  let seen: { id: string; at: number }[] = [];
  return {
    read: () => ({ after, seen: seen.map(({ id }) => id) }),
    note: (ids: readonly string[]) => {
      const at = performance.now();
      seen.push(...ids.map((id) => ({ id, at })));
      const settled = seen.filter((it) => at - it.at > SETTLED_MILLISECONDS);
      seen = seen.filter((it) => at - it.at <= SETTLED_MILLISECONDS);
      after = settled.reduce((last, { id }) => (BigInt(id) > BigInt(last) ? id : last), after);
    },
  };
}
