import { isDatabaseAway, type MissingParts, sqlState } from "@postern/process";
import type { Deps } from "../deps.ts";
import { findMissing } from "./find-missing.ts";

/** `degraded`: Redis is away, so codes answer 503 and sign-in goes on under the PostgreSQL lanes. */
export type Readiness = { status: "ready" | "degraded" } | { status: "unready"; missing: Missing };

/** Only what is missing has an entry. */
export type Missing = MissingParts & {
  database?: true;
  signingKeys?: true;
  revocations?: true;
};

export type ReadinessDeps = Pick<
  Deps,
  "config" | "counters" | "db" | "log" | "revocations" | "signingKeys" | "tables"
>;

const ANSWER_MILLISECONDS_MAX = 2_000;
/** Anybody may ask, so one look at the database serves everybody who asks meanwhile. */
const FRESH_MILLISECONDS = 500;
const INSUFFICIENT_PRIVILEGE = "42501";

/** Returns a check that looks at most twice a second, waits at most 2 s and never throws. */
export function createReadinessCheck(deps: ReadinessDeps): () => Promise<Readiness> {
  let last: Promise<Readiness> | undefined;
  let askedAt = 0;
  return () => {
    const now = performance.now();
    if (last === undefined || now - askedAt > FRESH_MILLISECONDS) {
      askedAt = now;
      last = checkReadiness(deps);
    }
    return last;
  };
}

async function checkReadiness(deps: ReadinessDeps): Promise<Readiness> {
  const missing = { ...(await missingInDatabase(deps)), ...missingInMemory(deps) };
  if (Object.keys(missing).length > 0) {
    return { status: "unready", missing };
  }
  return { status: deps.counters.state() === "away" ? "degraded" : "ready" };
}

async function missingInDatabase(deps: ReadinessDeps): Promise<Missing> {
  try {
    return await withinTime(findMissing(deps));
  } catch (error) {
    if (sqlState(error) === INSUFFICIENT_PRIVILEGE) {
      return { privileges: [`USAGE on schema ${deps.config.databaseSchema}`] };
    }
    if (!isDatabaseAway(error) && !(error instanceof TooSlowError)) {
      deps.log.error({ err: error }, "readiness could not be checked");
    }
    return { database: true };
  }
}

/** Both are read from the database and kept; without them nobody can be let in. */
const missingInMemory = ({ signingKeys, revocations }: ReadinessDeps): Missing => ({
  ...(!signingKeys.isLoaded() && { signingKeys: true as const }),
  ...(revocations.isStale() && { revocations: true as const }),
});

class TooSlowError extends Error {
  override readonly name = "TooSlowError";
}

async function withinTime<Result>(work: Promise<Result>): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new TooSlowError()), ANSWER_MILLISECONDS_MAX);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
