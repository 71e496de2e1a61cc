import type { Database } from "@postern/process";
import type { Logger } from "pino";
import { networkOf } from "../http/client-address.ts";
import type { Tables } from "../tables.ts";
import { type BoundedBatch, createBoundedBatch, type Rest } from "./bounded-batch.ts";

/** A refused sign-in that cost neither a hash nor a comparison: what the row will say. */
type RefusedAttempt = Omit<
  Tables["loginAttempts"]["$inferInsert"],
  "id" | "createdAt" | "failureReason"
> & { ipAddress: string };

/** What was refused without being compared with anything. */
type RefusedSecret = {
  /** A word. Nothing that was presented. */
  reason: string;
  ipAddress: string;
  userAgent: string | null;
  /** Of whose sign-in it was, where a provider's was refused. */
  provider?: string;
};

/** Events that an anonymous caller can cause as often as it likes. */
type RefusedEventType = "otp_failed" | "token_verification_failed" | "oauth_failed";

export type RefusalLog = {
  /** Counts a refused sign-in in its lane. Never waits, never throws. */
  readonly noteAttempt: (lane: string, refusal: RefusedAttempt) => void;
  /** Counts what a client's network was refused. Never waits, never throws. */
  readonly noteEvent: (type: RefusedEventType, network: string, refusal: RefusedSecret) => void;
  /** Refusals that are in no row. For the metric and its alert. */
  readonly dropped: () => number;
  /** Writes what waits and stops. */
  readonly stop: () => Promise<void>;
};

type LogDeps = { db: Database; tables: Tables; log: Logger };

const FLUSH_EVERY_MILLISECONDS = 1_000;

/**
 * Keeps what is refused outside of any transaction. Whatever an anonymous caller can cause without
 * limit goes this way: of each event, and of refused sign-ins, a process writes at most 60 rows a
 * minute and one that counts the rest.
 */
export function startRefusalLog(deps: LogDeps): RefusalLog {
  const attempts = batchAttempts(deps);
  const events: Readonly<Record<RefusedEventType, BoundedBatch<RefusedSecret>>> = {
    otp_failed: batchEvents(deps, "otp_failed"),
    token_verification_failed: batchEvents(deps, "token_verification_failed"),
    oauth_failed: batchEvents(deps, "oauth_failed"),
  };
  const batches = [attempts, ...Object.values(events)];
  const flush = async (isLast: boolean) => {
    await Promise.all(batches.map((batch) => batch.flush(isLast)));
  };
  const timer = setInterval(() => void flush(false), FLUSH_EVERY_MILLISECONDS).unref();
  return {
    noteAttempt: (lane, refusal) =>
      attempts.note({
        lane,
        network: networkOf(refusal.ipAddress),
        reason: refusal.attemptResult,
        refusal,
      }),
    noteEvent: (type, network, refusal) => {
      const lane = `${network} ${refusal.reason} ${refusal.provider ?? ""}`;
      events[type].note({ lane, network, reason: refusal.reason, refusal });
    },
    dropped: () => batches.reduce((sum, batch) => sum + batch.dropped(), 0),
    stop: () => {
      clearInterval(timer);
      return flush(true);
    },
  };
}

/** A row of login_attempts names an identifier; the rest has many, so an event counts it. */
const batchAttempts = (deps: LogDeps): BoundedBatch<RefusedAttempt> =>
  createBoundedBatch<RefusedAttempt>({
    insert: (rows) =>
      deps.db
        .insert(deps.tables.loginAttempts)
        .values(rows.map(({ count, ...row }) => ({ ...row, failureReason: `refused ${count}` }))),
    insertRest: (rest) => insertRest(deps, "login_failed", rest),
    log: deps.log,
  });

const batchEvents = (deps: LogDeps, eventType: RefusedEventType): BoundedBatch<RefusedSecret> =>
  createBoundedBatch<RefusedSecret>({
    insert: (rows) =>
      deps.db.insert(deps.tables.securityEvents).values(
        rows.map(({ ipAddress, userAgent, ...metadata }) => ({
          eventType,
          severity: "medium" as const,
          ...{ ipAddress, userAgent, metadata },
        })),
      ),
    insertRest: (rest) => insertRest(deps, eventType, rest),
    log: deps.log,
  });

const insertRest = (
  { db, tables }: LogDeps,
  eventType: RefusedEventType | "login_failed",
  { reason, count, addresses }: Rest,
): Promise<unknown> =>
  db.insert(tables.securityEvents).values({
    eventType,
    severity: "medium",
    metadata: { reason, count, addresses },
  });
