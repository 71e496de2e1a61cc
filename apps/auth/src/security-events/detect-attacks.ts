import { CountersAwayError, type Failing, type FailingGroup, noteFailing } from "@postern/counters";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { statement } from "../statement.ts";
import { addressDigest } from "../throttles/throttle-address.ts";

const WINDOW_SECONDS = 900;

/** A spray tries few passwords at each of many identifiers, so that none of them locks. */
const SPRAY_FAILURES_EACH_MAX = 3;

const p = sql.placeholder;

const record = statement<unknown>(
  (t) => sql`
    insert into ${t.securityEvents} (event_type, severity, ip_address, user_agent, metadata)
    values (${p("eventType")}, 'critical', ${p("ipAddress")}, ${p("userAgent")},
      jsonb_build_object('identifiers', ${p("members")}::int, 'failures', ${p("failures")}::int,
        'window_seconds', ${p("windowSeconds")}::int))`,
);

type Failure = {
  /** The keyed digest of what was typed. */
  identifierIndex: string;
  origin: Origin;
};

/**
 * Watches for what no lane can see: many identifiers that fail from one network
 * (credential_stuffing_detected), and many that fail a few times each from anywhere
 * (password_spraying_detected). Each is told once in a quarter of an hour; the thresholds are
 * limits. It refuses nothing: people behind one address may be many.
 *
 * Its trip to Redis goes beside the one that settles the attempt. Without Redis it sees nothing.
 */
export async function detectAttacks(deps: Deps, failure: Failure): Promise<void> {
  const { limits } = deps.config;
  const { origin, identifierIndex: member } = failure;
  const group = { member, windowSeconds: WINDOW_SECONDS };
  const [stuffing, spraying] = await Promise.all([
    note(deps, {
      ...group,
      name: "stuffing",
      subject: addressDigest(deps, origin),
      membersMax: limits.stuffing_identifiers_per_address_per_quarter_hour,
    }),
    note(deps, {
      ...group,
      name: "spraying",
      subject: "everybody",
      membersMax: limits.spraying_identifiers_per_quarter_hour,
      failuresEachMax: SPRAY_FAILURES_EACH_MAX,
    }),
  ]);
  const values = { windowSeconds: WINDOW_SECONDS };
  if (stuffing) {
    const { ipAddress, userAgent } = origin;
    const eventType = "credential_stuffing_detected";
    await record(deps, { ...values, ...stuffing, eventType, ipAddress, userAgent });
  }
  if (spraying) {
    const nobody = { ipAddress: null, userAgent: null };
    await record(deps, {
      ...values,
      ...spraying,
      eventType: "password_spraying_detected",
      ...nobody,
    });
  }
}

async function note({ counters }: Deps, group: FailingGroup): Promise<Failing | null> {
  try {
    return await noteFailing(counters, group);
  } catch (error) {
    if (error instanceof CountersAwayError) {
      return null;
    }
    throw error;
  }
}
