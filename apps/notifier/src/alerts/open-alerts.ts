import { queueMessage } from "@postern/messages";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { statement } from "../statement.ts";
import type { Alert } from "./alert.ts";
import type { AlertSettings } from "./alert-settings.ts";

/** How long a type is silent after it was told. */
const SILENCE_SECONDS = 10 * 60;
/** What is older is history, and no alert any more. */
const NEWS_SECONDS = 24 * 60 * 60;

type Opened = {
  id: string;
  event_type: string;
  severity: string;
  events: number;
  first_at: string;
  last_at: string;
};

const p = sql.placeholder;
const seconds = (name: string) => sql`make_interval(secs => ${p(name)}::float8)`;
const iso = (column: string) =>
  sql.raw(`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as ${column}`);

const OPEN = statement<Opened>(
  ({ alerts, securityEvents: events }) => sql`
    with told as (
      select distinct on (event_type) event_type, last_at, created_at from ${alerts}
      where created_at > now() - ${seconds("newsSeconds")}
      order by event_type, created_at desc, id desc
    )
    insert into ${alerts} (event_type, severity, events, first_at, last_at, next_attempt_at)
    select e.event_type, e.severity, count(*), min(e.created_at), max(e.created_at),
      case when ${p("isPosted")}::boolean then now() end
    from ${events} as e left join told on told.event_type = e.event_type
    where e.severity = 'critical' and e.created_at > now() - ${seconds("newsSeconds")}
      and (told.event_type is null or (
        e.created_at > told.last_at and told.created_at <= now() - ${seconds("silenceSeconds")}
      ))
    group by e.event_type, e.severity
    returning id::text, event_type, severity, events, ${iso("first_at")}, ${iso("last_at")}`,
);

// Two notifiers that look at once would both tell. The one that comes second looks again later.
const LOCK = statement<{ is_first: boolean }>(
  () => sql`select pg_try_advisory_xact_lock(hashtext('postern.alerts')) as is_first`,
);

/**
 * Tells operators of critical events: of the first of a type at once, then at most every ten
 * minutes of all that came since, so that an attack is not a flood of mails. The row, which
 * outlives a restart, and the mails are one transaction.
 */
export async function openAlerts(deps: Deps, settings: AlertSettings): Promise<Alert[]> {
  return deps.db.transaction(async (db) => {
    const store = { db, tables: deps.tables };
    const [lock] = await LOCK(store);
    if (!lock?.is_first) return [];
    const rows = await OPEN(store, {
      newsSeconds: NEWS_SECONDS,
      silenceSeconds: SILENCE_SECONDS,
      isPosted: settings.webhook !== null,
    });
    const alerts = rows.map(readAlert);
    for (const alert of alerts) {
      for (const to of settings.emails) {
        await queueMessage(db, deps, {
          name: "alert",
          userId: null,
          to,
          lifeSeconds: NEWS_SECONDS,
          variables: variablesOf(alert),
        });
      }
    }
    return alerts;
  });
}

const readAlert = ({ event_type, first_at, last_at, ...row }: Opened): Alert => ({
  ...row,
  eventType: event_type,
  firstAt: first_at,
  lastAt: last_at,
});

const variablesOf = ({ eventType, severity, events, firstAt, lastAt }: Alert) => ({
  event: eventType,
  severity,
  count: String(events),
  since: firstAt,
  detail: `security_events: ${eventType}, created_at ${firstAt} … ${lastAt}`,
});
