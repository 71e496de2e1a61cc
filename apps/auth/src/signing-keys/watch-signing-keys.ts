import type { KeyRing } from "@postern/crypto";
import type { Database, KeyInventoryWatch } from "@postern/process";
import type { Logger } from "pino";
import { Problem } from "../problem.ts";
import type { Tables } from "../tables.ts";
import { createSigningKey } from "./create-signing-key.ts";
import { type LoadedKeys, loadSigningKeys } from "./load-signing-keys.ts";
import type { SigningKeys } from "./signing-keys.ts";
import { type Rotation, turnSigningKeys } from "./turn-signing-keys.ts";

/** Other processes learn of a new key long before it signs: `next` is served first. */
const RELOAD_MILLISECONDS = 60_000;
const RETRY_MILLISECONDS = 500;

type WatchDeps = {
  db: Database;
  tables: Tables;
  keyRing: KeyRing;
  keyInventory: KeyInventoryWatch;
  log: Logger;
  rotation: Rotation;
  /** How often the keys are looked at; a minute where left out. */
  reloadMilliseconds?: number;
};

/**
 * Loads the signing keys, makes those that are missing, turns those that are old, and keeps them
 * fresh. A token never meets a process that does not know its key: a key is served long before it
 * signs, and until the last token that it signed has ended.
 *
 * A database that is away at the start is asked again until it answers; until then the service is
 * not ready. A key is made under keys that were compared with the database's, and under no others.
 */
export async function watchSigningKeys(deps: WatchDeps): Promise<SigningKeys> {
  const { reloadMilliseconds: everyMilliseconds = RELOAD_MILLISECONDS } = deps;
  let loaded: LoadedKeys | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const reload = async () => {
    try {
      if (deps.keyInventory.isChecked()) loaded = await loadOrCreate(deps);
    } catch (error) {
      deps.log.error({ err: error }, "signing keys could not be loaded");
    }
    if (!isStopped) {
      timer = setTimeout(reload, loaded?.current ? everyMilliseconds : RETRY_MILLISECONDS).unref();
    }
  };
  await reload();
  return {
    current: () => {
      if (!loaded?.current) {
        throw new Problem("service_unavailable", { retryAfterSeconds: 1 });
      }
      return loaded.current;
    },
    verifying: (kid) => loaded?.verifying.get(kid),
    jwks: () => loaded?.jwks ?? { keys: [] },
    isLoaded: () => loaded?.current !== undefined,
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

async function loadOrCreate(deps: WatchDeps): Promise<LoadedKeys> {
  await turnSigningKeys(deps.db, deps.tables, deps.rotation);
  const found = await loadSigningKeys(deps.db, deps.tables, deps.keyRing);
  if (found.current && found.hasNext) {
    return found;
  }
  if (!found.current) {
    await createSigningKey(deps, "current");
  }
  if (!found.hasNext) {
    await createSigningKey(deps, "next");
  }
  return loadSigningKeys(deps.db, deps.tables, deps.keyRing);
}
