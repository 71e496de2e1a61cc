import { sql } from "drizzle-orm";
import { limitTime } from "../channels/limit-time.ts";
import type { Deps } from "../deps.ts";
import { statement } from "../statement.ts";
import { SIGNATURE_HEADER, signBody } from "../webhooks/signed-body.ts";
import type { AlertMetrics, PostEnd } from "./alert-metrics.ts";
import type { AlertSettings } from "./alert-settings.ts";

type Webhook = NonNullable<AlertSettings["webhook"]>;

const POST_MILLISECONDS_MAX = 10_000;
/** Longer than a post takes: then another notifier may try. */
const LEASE_SECONDS = 30;
const ROWS_MAX = 10;
const GIVEN_UP_SECONDS = 24 * 60 * 60;
const DELAYS_SECONDS = [10, 30, 60, 300] as const;

type Due = { id: string; body: string; attempts: number };

const p = sql.placeholder;
const iso = (column: string) =>
  sql.raw(`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`);

const CLAIM = statement<Due>(
  ({ alerts }) => sql`
    with due as (
      select id from ${alerts} where next_attempt_at <= now()
      order by next_attempt_at limit ${p("rowsMax")}::bigint for update skip locked
    )
    update ${alerts} as alert
    set attempts = attempts + 1,
        next_attempt_at = now() + make_interval(secs => ${p("leaseSeconds")}::float8)
    from due where alert.id = due.id
    returning alert.id::text, alert.attempts, json_build_object(
      'id', alert.id::text, 'type', alert.event_type, 'severity', alert.severity,
      'count', alert.events, 'since', ${iso("alert.first_at")}, 'until', ${iso("alert.last_at")}
    )::text as body`,
);

const RECORD = statement<{ is_waiting: boolean }>(
  ({ alerts }) => sql`
    update ${alerts}
    set posted_at = case when ${p("isTaken")}::boolean then now() end,
        next_attempt_at = case
          when not ${p("isTaken")}::boolean
            and created_at > now() - make_interval(secs => ${p("givenUpSeconds")}::float8)
          then now() + make_interval(secs => ${p("delaySeconds")}::float8)
        end
    where id = ${p("id")}::bigint and posted_at is null
    returning next_attempt_at is not null as is_waiting`,
);

export type Posting = Readonly<{ webhook: Webhook; metrics: AlertMetrics; signal: AbortSignal }>;

/**
 * Posts the alerts that are due, each as signed JSON, until the receiver answers 2xx or a day has
 * passed. A receiver may see one twice, under the same `id`: where its answer was lost.
 */
export async function postAlerts(deps: Deps, { webhook, metrics, signal }: Posting): Promise<void> {
  const due = await CLAIM(deps, { rowsMax: ROWS_MAX, leaseSeconds: LEASE_SECONDS });
  for (const { id, body, attempts } of due) {
    const isTaken = await post(webhook, body, { now: deps.now(), signal });
    const [recorded] = await RECORD(deps, {
      id,
      isTaken,
      delaySeconds: DELAYS_SECONDS[attempts - 1] ?? DELAYS_SECONDS.at(-1) ?? 0,
      givenUpSeconds: GIVEN_UP_SECONDS,
    });
    const refused: PostEnd = recorded?.is_waiting ? "refused" : "given_up";
    metrics.countPost(isTaken ? "accepted" : refused);
    if (!isTaken) deps.log.warn({ alertId: id, attempts, end: refused }, "an alert was not taken");
  }
}

type Moment = Readonly<{ now: Date; signal: AbortSignal }>;

async function post({ url, secret }: Webhook, body: string, { now, signal }: Moment) {
  using limit = limitTime(signal, POST_MILLISECONDS_MAX);
  try {
    const answer = await fetch(url, {
      method: "POST",
      redirect: "error",
      headers: {
        "content-type": "application/json",
        [SIGNATURE_HEADER]: signBody(secret, body, now),
      },
      body,
      signal: limit.signal,
    });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    // Whatever it was, its text may hold the URL, and the URL a secret.
    return false;
  }
}
