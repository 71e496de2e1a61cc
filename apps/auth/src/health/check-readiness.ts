import { isDatabaseAway, type MissingParts, shareCheck, sqlState } from "@postern/process";
import type { Deps } from "../deps.ts";
import { schemaOf } from "../tables.ts";
import { findMissing } from "./find-missing.ts";

/** `degraded`: Redis is away, so codes answer 503 and sign-in goes on under the PostgreSQL lanes. */
export type Readiness = { status: "ready" | "degraded" } | { status: "unready"; missing: Missing };

/** Only what is missing has an entry. */
export type Missing = MissingParts & {
  database?: true;
  keys?: true;
  signingKeys?: true;
  revocations?: true;
};

export type ReadinessDeps = Pick<
  Deps,
  | "config"
  | "counters"
  | "db"
  | "keyInventory"
  | "log"
  | "revocations"
  | "signingKeys"
  | "tables"
  | "usersPlace"
>;

const INSUFFICIENT_PRIVILEGE = "42501";

/** Returns a check that looks at the database at most twice a second, waits at most 2 s and never throws. */
export function createReadinessCheck(deps: ReadinessDeps): () => Promise<Readiness> {
  const findInDatabase = shareCheck(() => missingInDatabase(deps), { database: true });
  return async () => {
    const missing = { ...(await findInDatabase()), ...missingInMemory(deps) };
    if (Object.keys(missing).length > 0) {
      return { status: "unready", missing };
    }
    return { status: deps.counters.state() === "away" ? "degraded" : "ready" };
  };
}

async function missingInDatabase(deps: ReadinessDeps): Promise<Missing> {
  try {
    return await findMissing(deps);
  } catch (error) {
    if (sqlState(error) === INSUFFICIENT_PRIVILEGE) {
      return { privileges: [`USAGE on schema ${schemaOf(deps.tables)}`] };
    }
    if (!isDatabaseAway(error)) {
      deps.log.error({ err: error }, "readiness could not be checked");
    }
    return { database: true };
  }
}

/** Read from the database and kept; without them nobody can be let in. */
const missingInMemory = ({ keyInventory, signingKeys, revocations }: ReadinessDeps): Missing => ({
  ...(!keyInventory.isChecked() && { keys: true as const }),
  ...(!signingKeys.isLoaded() && { signingKeys: true as const }),
  ...(revocations.isStale() && { revocations: true as const }),
});
