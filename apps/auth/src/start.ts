import { availableParallelism } from "node:os";
import { listenForRevocations, openCounters } from "@postern/counters";
import { createDigestKeys, createKeyRing, createPasswordHasher } from "@postern/crypto";
import {
  createDrain,
  createLogger,
  createRegistry,
  openDatabase,
  type RunningService,
  startOperatorsListener,
  watchKeyInventory,
} from "@postern/process";
import type { Registry } from "prom-client";
import { startApiKeyUses } from "./api-keys/api-key-uses.ts";
import type { Config } from "./config.ts";
import type { Deps } from "./deps.ts";
import { createHealthDescription } from "./health/describe-health.ts";
import { measureParts, measurePasswords } from "./health/measure-service.ts";
import { createIdentityProviders } from "./oauth/identity-providers.ts";
import { createBreachCheck } from "./passwords/breach-check.ts";
import { startRefusalLog } from "./security-events/refusal-log.ts";
import { buildServer } from "./server.ts";
import { watchRevocations } from "./sessions/revocations.ts";
import { createVerifiedTokens } from "./sessions/verified-tokens.ts";
import { watchSigningKeys } from "./signing-keys/watch-signing-keys.ts";
import { bindTables } from "./tables.ts";

/** 64 waiting passwords are worked off in under half a second on two cores. */
const HASHING_QUEUE_MAX = 64;

/** Starts the service: its parts, its address, its operators' listener. A database that is down is no reason to stop. */
export async function startAuth(config: Config): Promise<RunningService> {
  const log = createLogger({ service: "auth", level: config.logLevel });
  const registry = createRegistry("auth");
  const drain = createDrain(config.shutdownDelaySeconds);
  const parts = new AsyncDisposableStack();
  try {
    const deps = await openDeps(config, { log, registry }, parts);
    const { connectionsMax } = config;
    const app = await buildServer(deps, { registry, drain });
    parts.defer(() => app.close());
    const details = createHealthDescription(deps);
    parts.use(
      await startOperatorsListener({ ...config.operators, connectionsMax, registry, details }),
    );
    await app.listen(config.listen);
  } catch (error) {
    await parts.disposeAsync();
    throw error;
  }
  return { log, drain, stop: () => parts.disposeAsync() };
}

type Instruments = { log: Deps["log"]; registry: Registry };

/** Opens what the use cases need. Each part is closed after those that were opened later. */
async function openDeps(
  config: Config,
  { log, registry }: Instruments,
  parts: AsyncDisposableStack,
): Promise<Deps> {
  const { tables, usersPlace } = await bindTables(config);
  const db = parts.use(
    openDatabase({
      url: config.databaseUrl,
      poolSizeMax: config.databasePoolSizeMax,
      applicationName: "postern-auth",
      passwordMaxAgeDays: config.passwordRules.maxAgeDays,
    }),
  );
  const keyInventory = parts.adopt(await watchKeyInventory({ db, keys: config.keys, log }), (it) =>
    it.stop(),
  );
  const counters = parts.use(openCounters({ url: config.redisUrl, log }));
  const keyRing = createKeyRing(config.keys.sealing);
  const { accessTokenSeconds } = config;
  const refusals = parts.adopt(startRefusalLog({ db, tables, log }), (it) => it.stop());
  const signingKeys = parts.adopt(
    await watchSigningKeys({
      ...{ db, tables, keyRing, keyInventory, log },
      rotation: { days: config.signingKeyDays, accessTokenSeconds },
    }),
    (it) => it.stop(),
  );
  const revocations = parts.adopt(
    await watchRevocations({ db, tables, log, accessTokenSeconds }),
    (it) => it.stop(),
  );
  parts.use(listenForRevocations({ url: config.redisUrl, log }, revocations.add));
  const breachCheck = createBreachCheck({ url: config.passwordRules.breachCheckUrl, log });
  measureParts({ counters, refusals, revocations, breachCheck }, registry);
  return {
    config,
    db,
    tables,
    usersPlace,
    counters,
    keyRing,
    digestKeys: createDigestKeys(config.keys.blindIndexHex),
    keyInventory,
    passwords: measurePasswords(createHasher(config), registry),
    breachCheck,
    signingKeys,
    verifiedTokens: createVerifiedTokens(),
    revocations,
    refusals,
    identityProviders: createIdentityProviders(config.providers),
    apiKeyUses: parts.adopt(startApiKeyUses({ db, tables, log }), (it) => it.stop()),
    log,
    now: () => new Date(),
  };
}

function createHasher({ keys: { pepper } }: Config) {
  return createPasswordHasher({
    concurrency: availableParallelism(),
    queueMax: HASHING_QUEUE_MAX,
    pepper: pepper ? createKeyRing(pepper) : undefined,
  });
}
