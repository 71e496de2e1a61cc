import { type SQL, sql } from "drizzle-orm";
import type { AnyPgColumn, PgTable } from "drizzle-orm/pg-core";
import type { Database } from "../query.ts";
import type { securityEventTypes, severities } from "../tables/security-events.ts";
import { insertRow } from "./insert-row.ts";
import { storableAddress, storableJson, storableUuid } from "./storable-parts.ts";
import { storableText } from "./storable-text.ts";

export type SecurityEvents = PgTable &
  Readonly<
    Record<
      | "eventType"
      | "severity"
      | "userId"
      | "sessionId"
      | "tokenId"
      | "ipAddress"
      | "userAgent"
      | "deviceFingerprint"
      | "metadata",
      AnyPgColumn
    >
  >;

export type SecurityEvent<Id> = {
  /** One of ours, or a word of your own of the same form. */
  readonly eventType: (typeof securityEventTypes)[number] | (string & {});
  /** `low` where left out. */
  readonly severity?: (typeof severities)[number] | undefined;
  readonly userId?: Id | null | undefined;
  readonly sessionId?: string | null | undefined;
  readonly tokenId?: string | null | undefined;
  readonly ipAddress?: string | null | undefined;
  readonly userAgent?: string | null | undefined;
  readonly deviceFingerprint?: string | null | undefined;
  /** Never a secret, a code or an address. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
};

const EVENT_TYPE = /^[a-z][a-z0-9_]{0,63}$/;

/**
 * Writes a row of security_events, in the caller's transaction where `db` is one.
 *
 * What the client sent is cleaned and cut, metadata too, so that the row of a log cannot fail what
 * it tells of; an address or an id that is none becomes null.
 *
 * @throws TypeError where the type is no word such as `invoice_downloaded`, or metadata refers to
 *   itself.
 */
export async function recordSecurityEvent<T extends SecurityEvents>(
  db: Database,
  { securityEvents }: { securityEvents: T },
  event: SecurityEvent<T["userId"]["_"]["data"]>,
): Promise<void> {
  if (!EVENT_TYPE.test(event.eventType)) {
    throw new TypeError("eventType must be a word such as invoice_downloaded.");
  }
  await db.execute(insertEvent(securityEvents, event));
}

const insertEvent = (t: SecurityEvents, event: SecurityEvent<unknown>): SQL =>
  insertRow(t, [
    [t.eventType, sql`${event.eventType}`],
    [t.severity, sql`${event.severity ?? "low"}`],
    [t.userId, sql`${sql.param(event.userId ?? null, t.userId)}`],
    [t.sessionId, sql`${storableUuid(event.sessionId)}`],
    [t.tokenId, sql`${storableUuid(event.tokenId)}`],
    [t.ipAddress, sql`${storableAddress(event.ipAddress)}`],
    [t.userAgent, sql`${storableText(event.userAgent, 512)}`],
    [t.deviceFingerprint, sql`${storableText(event.deviceFingerprint, 43)}`],
    // By way of text, which every driver sends as it is.
    [t.metadata, sql`${storableJson(event.metadata ?? {})}::text::jsonb`],
  ]);
