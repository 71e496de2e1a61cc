import { BadEnvironmentError, type ServiceKeys } from "@postern/environment";
import type { Logger } from "pino";
import { checkKeyInventory } from "./check-key-inventory.ts";
import type { Database } from "./open-database.ts";

const RETRY_MILLISECONDS = 250;

/**
 * Whether this process's keys were found to be those of the database. Until then it writes nothing.
 */
export type KeyInventoryWatch = { isChecked(): boolean; stop(): void };

type WatchDeps = { db: Database; keys: ServiceKeys; log: Logger };

/**
 * Checks the keys at the start. A database that is away is asked again until it answers; should the
 * keys then be wrong, the process ends as it would have at the start.
 *
 * @throws {BadEnvironmentError} where the first answer says so
 */
export async function watchKeyInventory(deps: WatchDeps): Promise<KeyInventoryWatch> {
  let isChecked = false;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const check = async () => {
    try {
      const inventory = await checkKeyInventory(deps.db, deps.keys);
      isChecked = true;
      if (inventory === "no_records") deps.log.warn("keys could not be compared: push the schema");
    } catch (error) {
      if (error instanceof BadEnvironmentError) throw error;
      deps.log.error({ err: error }, "keys could not be compared");
      // Nobody waits for a later check: what it throws ends the process.
      if (!isStopped) timer = setTimeout(() => void check(), RETRY_MILLISECONDS).unref();
    }
  };
  await check();
  return {
    isChecked: () => isChecked,
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
