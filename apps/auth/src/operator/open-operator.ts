import { openCounters } from "@postern/counters";
import { createDigestKeys, createKeyRing } from "@postern/crypto";
import type { ServiceKeys } from "@postern/environment";
import { checkKeyInventory, openDatabase } from "@postern/process";
import { clearLocks, forgetLocks, type UnlockDeps } from "../attempts/clear-locks.ts";
import type { Deps } from "../deps.ts";
import { wipeAccount } from "../own-data/erase-account.ts";
import { type AccountExport, collectAccount } from "../own-data/export-account.ts";
import { bindTables } from "../tables.ts";
import { findUser, type Whom } from "./find-user.ts";
import { type AdminOutcome, makeAdmin, type NewAdmin } from "./make-admin.ts";

export type OperatorOptions = {
  databaseUrl: string;
  databaseSchema: string;
  bindingModule: string | null;
  keys: ServiceKeys;
};

/** False and null stand for an account that is not there. */
export type Operator = AsyncDisposable & {
  readonly makeAdmin: (admin: NewAdmin) => Promise<AdminOutcome>;
  /** Ends the locks in both stores: without Redis they would stay for a while. */
  readonly unlock: (whom: Whom, redisUrl: string) => Promise<boolean>;
  readonly exportAccount: (whom: Whom) => Promise<AccountExport | null>;
  readonly erase: (whom: Whom) => Promise<boolean>;
};

/** What the events say in place of an administrator's id. */
const actorId = "operator";
const origin = { ipAddress: null, userAgent: null };
const REDIS_WAIT_MILLISECONDS = 2_000;

type OperatorDeps = Omit<UnlockDeps, "counters"> & Pick<Deps, "db" | "tables" | "now">;

/**
 * What operators do to accounts at the command line, by the very use cases of the service.
 *
 * @throws {BadEnvironmentError} where the keys are not those of the database.
 */
export async function openOperator(options: OperatorOptions): Promise<Operator> {
  const { databaseUrl: url, keys } = options;
  await using parts = new AsyncDisposableStack();
  const db = parts.use(openDatabase({ url, poolSizeMax: 2, applicationName: "postern-cli" }));
  await checkKeyInventory(db, keys);
  const deps: OperatorDeps = {
    ...(await bindTables(options)),
    db,
    keyRing: createKeyRing(keys.sealing),
    digestKeys: createDigestKeys(keys.blindIndexHex),
    now: () => new Date(),
  };
  const opened = parts.move();
  return {
    makeAdmin: (admin) => makeAdmin(deps, admin),
    unlock: (whom, redisUrl) => unlock(deps, whom, redisUrl),
    exportAccount: async (whom) => {
      const userId = await findUser(deps, whom);
      return userId === null
        ? null
        : collectAccount(deps, { userId, origin, sessionId: null, actorId });
    },
    erase: async (whom) => {
      const userId = await findUser(deps, whom);
      return userId !== null && (await wipeAccount(deps, { userId, origin, actorId })) !== null;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function unlock(deps: OperatorDeps, whom: Whom, redisUrl: string): Promise<boolean> {
  const { db, tables } = deps;
  const userId = await findUser(deps, whom);
  if (userId === null) {
    return false;
  }
  await using counters = openCounters({ url: redisUrl });
  await untilUp(counters);
  const unlocking = { userId, reason: "admin", origin, actorId } as const;
  const scopes = await db.transaction((tx) => clearLocks(deps, { db: tx, tables }, unlocking));
  await forgetLocks({ counters }, scopes);
  return true;
}

async function untilUp(counters: { state(): "up" | "away" }): Promise<void> {
  const until = performance.now() + REDIS_WAIT_MILLISECONDS;
  while (counters.state() !== "up") {
    if (performance.now() > until) {
      throw new RedisAwayError();
    }
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** Nothing was unlocked: Redis could not be told. */
export class RedisAwayError extends Error {
  override readonly name = "RedisAwayError";

  constructor() {
    super("Redis cannot be reached, and would go on refusing. Nothing was unlocked.");
  }
}
