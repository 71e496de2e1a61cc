import type { Database } from "@postern/process";
import type { Logger } from "pino";
import type { Tables } from "../tables.ts";
import { createBoundedBatch } from "./bounded-batch.ts";

/** A refused sign-in that cost neither a hash nor a comparison: what the row will say. */
type RefusedAttempt = Omit<
  Tables["loginAttempts"]["$inferInsert"],
  "id" | "createdAt" | "failureReason"
>;

/** A refused code or token that was compared with nothing. */
type RefusedSecret = { reason: string; ipAddress: string; userAgent: string | null };

type RefusedSecretEvent = "otp_failed" | "token_verification_failed";

export type RefusalLog = {
  /** Counts a refused sign-in in its lane. Never waits, never throws. */
  readonly noteAttempt: (lane: string, refusal: RefusedAttempt) => void;
  /** Counts a refused code of a client's network. Never waits, never throws. */
  readonly noteCode: (network: string, refusal: RefusedSecret) => void;
  /** Counts an access token that is none of ours. Never waits, never throws. */
  readonly noteToken: (network: string, refusal: RefusedSecret) => void;
  /** Refusals that are in no row. For the metric and its alert. */
  readonly dropped: () => number;
  /** Writes what waits and stops. */
  readonly stop: () => Promise<void>;
};

const FLUSH_EVERY_MILLISECONDS = 1_000;

/** Keeps what is refused outside of any transaction, in batches, one row a lane and second. */
export function startRefusalLog(deps: { db: Database; tables: Tables; log: Logger }): RefusalLog {
  const { db, tables, log } = deps;
  const attempts = createBoundedBatch<RefusedAttempt>(
    (rows) =>
      db
        .insert(tables.loginAttempts)
        .values(rows.map(({ count, ...row }) => ({ ...row, failureReason: `refused ${count}` }))),
    log,
  );
  const secrets = createBoundedBatch<RefusedSecret & { eventType: RefusedSecretEvent }>(
    (rows) =>
      db.insert(tables.securityEvents).values(
        rows.map(({ count, reason, ...row }) => ({
          ...row,
          severity: "medium" as const,
          metadata: { reason, count },
        })),
      ),
    log,
  );
  const noteSecret = (eventType: RefusedSecretEvent) => (network: string, refusal: RefusedSecret) =>
    secrets.note(`${eventType} ${network} ${refusal.reason}`, { ...refusal, eventType });
  const flush = async () => {
    await Promise.all([attempts.flush(), secrets.flush()]);
  };
  const timer = setInterval(() => void flush(), FLUSH_EVERY_MILLISECONDS).unref();
  return {
    noteAttempt: attempts.note,
    noteCode: noteSecret("otp_failed"),
    noteToken: noteSecret("token_verification_failed"),
    dropped: () => attempts.dropped() + secrets.dropped(),
    stop: () => {
      clearInterval(timer);
      return flush();
    },
  };
}
