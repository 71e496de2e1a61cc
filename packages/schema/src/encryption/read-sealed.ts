import type { Database } from "../query.ts";
import { recordSecurityEvent, type SecurityEvents } from "../record/record-security-event.ts";
import { SEALED_PREFIX, type Sealed } from "../sealed.ts";
import { type PlainColumn, readEncryptionStage } from "./encryption-stage.ts";

/** The value of a row as its columns hold it, and how to open it. */
export type SealedReading<Table extends string, Column extends string, Id> = {
  /** The column of plain text, by its SQL names. */
  readonly from: PlainColumn;
  /** What it holds in this row. Null too once the column is gone. */
  readonly plain: string | null;
  /** What the sealed column holds; null where there is nothing yet. */
  readonly sealed: Sealed<Table, Column> | null;
  /** `open` of @postern/crypto with your keys and the row's id. */
  readonly open: (sealed: Sealed<Table, Column>) => string;
  /** The row's id, for the event. */
  readonly rowId?: string | undefined;
  /** Whose row it is, for the event. */
  readonly userId?: Id | null | undefined;
};

/** Plain text where only a sealed value may stand, or a value that does not open. */
export class SealedReadingError extends Error {
  override readonly name = "SealedReadingError";

  constructor(options?: ErrorOptions) {
    super("The value cannot be read: it is not sealed as it should be.", options);
  }
}

/**
 * The clear value of a column that is being encrypted, or has been.
 *
 * Before the columns agree (stage `expand`) plain text is the value. While both are kept (`dual` to
 * `verify`) the sealed value is, and plain text where a row has none yet. From `enforce` on, and
 * where the database records no stage, plain text alone is no value: somebody planted it. That, and
 * a value that does not open, is an error and a `decrypt_failed` event.
 *
 * Hand in the pool and not a transaction, unless the transaction goes on after the error: the event
 * must outlast what it ends. At most 60 events a minute are written by a process. Of a column
 * that holds an older system's ciphertext, `plain` comes back as it is.
 *
 * @throws SealedReadingError, and what the database throws.
 */
export async function readSealed<
  Table extends string,
  Column extends string,
  Events extends SecurityEvents,
>(
  db: Database,
  { securityEvents }: { securityEvents: Events },
  reading: SealedReading<Table, Column, Events["userId"]["_"]["data"]>,
): Promise<string | null> {
  const { plain, sealed, from } = reading;
  if (plain !== null) {
    const stage = await readEncryptionStage(db, from);
    const isPlainTrue = stage === "expand" || (sealed === null && isBothKept(stage));
    if (isPlainTrue) return plain;
    if (sealed === null) return refuse(db, securityEvents, { ...reading, reason: "plain_text" });
  }
  if (sealed === null) return null;
  if (!sealed.startsWith(SEALED_PREFIX)) {
    return refuse(db, securityEvents, { ...reading, reason: "not_sealed" });
  }
  try {
    return reading.open(sealed);
  } catch (cause) {
    return refuse(db, securityEvents, { ...reading, reason: "does_not_open", cause });
  }
}

/** Whoever has a bad row can have it read as often as they like. */
const REPORTS_PER_MINUTE = 60;
const MINUTE_MILLISECONDS = 60_000;
const reportsOf = new WeakMap<object, { beganAt: number; count: number }>();

/** Bounds the events of this process and log to 60 a minute. */
function mayReport(securityEvents: object): boolean {
  const now = Date.now();
  const known = reportsOf.get(securityEvents);
  const isFresh = known !== undefined && now - known.beganAt < MINUTE_MILLISECONDS;
  const minute = isFresh ? known : { beganAt: now, count: 0 };
  reportsOf.set(securityEvents, minute);
  minute.count += 1;
  return minute.count <= REPORTS_PER_MINUTE;
}

const isBothKept = (stage: string | null): boolean =>
  stage === "dual" || stage === "backfill" || stage === "verify";

type Refusal<Id> = {
  readonly from: PlainColumn;
  readonly rowId?: string | undefined;
  readonly userId?: Id | null | undefined;
  readonly reason: string;
  readonly cause?: unknown;
};

async function refuse<Events extends SecurityEvents>(
  db: Database,
  securityEvents: Events,
  { from, rowId, userId, reason, cause }: Refusal<Events["userId"]["_"]["data"]>,
): Promise<never> {
  if (mayReport(securityEvents)) {
    const metadata = { ...from, ...(rowId !== undefined && { row_id: rowId }), reason };
    const event = { eventType: "decrypt_failed", severity: "high", userId, metadata } as const;
    await recordSecurityEvent(db, { securityEvents }, event);
  }
  throw new SealedReadingError({ cause });
}
