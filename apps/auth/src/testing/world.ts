import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { openCounters } from "@postern/counters";
import { createDigestKeys, createKeyRing, createPasswordHasher } from "@postern/crypto";
import { cloneDatabase, testBinding, testRedisUrl, withServiceRole } from "@postern/devkit";
import { type ConnectionLimits, createLogger, type Database, openDatabase } from "@postern/process";
import type { FastifyInstance } from "fastify";
import { startApiKeyUses } from "../api-keys/api-key-uses.ts";
import { type Config, readConfig } from "../config.ts";
import type { Deps } from "../deps.ts";
import { createIdentityProviders } from "../oauth/identity-providers.ts";
import { createBreachCheck } from "../passwords/breach-check.ts";
import { startRefusalLog } from "../security-events/refusal-log.ts";
import { buildServer } from "../server.ts";
import { watchRevocations } from "../sessions/revocations.ts";
import { createVerifiedTokens } from "../sessions/verified-tokens.ts";
import { watchSigningKeys } from "../signing-keys/watch-signing-keys.ts";
import { bindTables } from "../tables.ts";

export type World = Deps &
  AsyncDisposable & {
    readonly app: FastifyInstance;
    /** For what the service itself may not do. */
    readonly owner: Database;
    readonly databaseUrl: string;
    readonly keyPrefix: string;
  };

export type WorldOptions = {
  environment?: Record<string, string>;
  /** A private server for tests that freeze or stop it. */
  redisUrl?: string;
  /** Another process's database, to be two processes on one. */
  databaseUrl?: string;
  /** Signs in as that address says, and not with the services' role. */
  asGiven?: true;
  keyPrefix?: string;
  /**
   * Decisions in Redis and the age of revocations have the bounds of a service. So they have with a
   * private Redis; elsewhere they take 5 s, more than any stall of a busy machine.
   */
  hasDeadlines?: true;
  /** Deadlines of connections that a test can wait for. */
  limits?: Partial<ConnectionLimits>;
};

const PATIENT = { decisionMilliseconds: 5000, staleMilliseconds: 5000 };

const KEYS = {
  SYSTEM_ENCRYPTION_KEY: "8c1f4e7702d9a36b5fe0417c98b2d3a46517f0e92bcd8a3e71604f5d2a9be813",
  BLIND_INDEX_KEY: "17d3a9f04c2e8b56e1907af23bd45c68902eb1d7465fa3c80e9d2714bf6350ca",
};

/** Real PostgreSQL, real Redis, the whole service but its sockets. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const stack = new AsyncDisposableStack();
  const databaseUrl = options.databaseUrl ?? stack.use(await cloneDatabase()).url;
  const redisUrl = options.redisUrl ?? testRedisUrl();
  const config = readConfig({
    ...KEYS,
    ...testBinding(),
    DATABASE_URL: options.asGiven ? databaseUrl : withServiceRole(databaseUrl),
    REDIS_URL: redisUrl,
    PUBLIC_URL: "http://127.0.0.1:3001",
    LOG_LEVEL: "fatal",
    SMS_COUNTRIES: "KE,US,GB",
    // Here all who guess codes share an address; what bounds them is to be seen without it.
    LIMITS: "codes_per_address_per_minute=10000",
    ...options.environment,
  });
  const keyPrefix = options.keyPrefix ?? `test-${randomUUID()}:`;
  const isPatient = options.redisUrl === undefined && !options.hasDeadlines;
  const deps = await openDeps(config, stack, { keyPrefix, ...(isPatient ? PATIENT : {}) });
  const app = await buildServer(deps, { limits: options.limits });
  stack.defer(() => app.close());
  const owner = stack.use(
    openDatabase({ url: databaseUrl, poolSizeMax: 2, applicationName: "test-owner" }),
  );
  return {
    ...deps,
    owner,
    app,
    databaseUrl,
    keyPrefix,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function openDeps(
  config: Config,
  stack: AsyncDisposableStack,
  options: { keyPrefix: string } & Partial<typeof PATIENT>,
): Promise<Deps> {
  const { keyPrefix, decisionMilliseconds, staleMilliseconds } = options;
  const log = createLogger({ service: "auth", level: config.logLevel });
  const db = stack.use(
    openDatabase({
      url: config.databaseUrl,
      poolSizeMax: 10,
      applicationName: "test",
      passwordMaxAgeDays: config.passwordRules.maxAgeDays,
    }),
  );
  const { tables, usersPlace } = await bindTables(config);
  const keyRing = createKeyRing(config.keys.sealing);
  const counters = stack.use(
    openCounters({ url: config.redisUrl, keyPrefix, log, decisionMilliseconds }),
  );
  while (counters.state() !== "up") {
    await sleep(2);
  }
  const keyInventory = { isChecked: () => true, stop: () => undefined };
  const parts = { db, tables, keyRing, keyInventory, log };
  const { accessTokenSeconds, signingKeyDays: days } = config;
  const rotation = { days, accessTokenSeconds };
  return {
    ...parts,
    config,
    usersPlace,
    counters,
    digestKeys: createDigestKeys(config.keys.blindIndexHex),
    passwords: createPasswordHasher({ concurrency: 2, queueMax: 1_000 }),
    breachCheck: createBreachCheck({ url: config.passwordRules.breachCheckUrl, log }),
    signingKeys: stack.adopt(await watchSigningKeys({ ...parts, rotation }), (it) => it.stop()),
    verifiedTokens: createVerifiedTokens(),
    revocations: stack.adopt(
      await watchRevocations({ ...parts, accessTokenSeconds, staleMilliseconds }),
      (it) => it.stop(),
    ),
    apiKeyUses: stack.adopt(startApiKeyUses(parts), (it) => it.stop()),
    refusals: stack.adopt(startRefusalLog(parts), (it) => it.stop()),
    identityProviders: createIdentityProviders(config.providers),
    now: () => new Date(),
  };
}
