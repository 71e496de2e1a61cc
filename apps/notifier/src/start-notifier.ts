import { createDigestKeys, createKeyRing } from "@postern/crypto";
import {
  boundListener,
  CONNECTION_LIMITS,
  createDrain,
  createLogger,
  createRegistry,
  measureConnections,
  openDatabase,
  type RunningService,
  shareCheck,
  startOperatorsListener,
  watchKeyInventory,
} from "@postern/process";
import schemaPackage from "@postern/schema/package.json" with { type: "json" };
import notifierPackage from "../package.json" with { type: "json" };
import { createAlertMetrics } from "./alerts/alert-metrics.ts";
import { startAlerts } from "./alerts/start-alerts.ts";
import { fetchText } from "./callbacks/fetch-text.ts";
import { type CallbackOptions, callbackRoutes } from "./callbacks/routes.ts";
import { createSnsReader } from "./callbacks/sns.ts";
import { openWays } from "./channels/open-ways.ts";
import { measureProviders } from "./channels/provider-metrics.ts";
import type { Config } from "./config.ts";
import { listenForDeliveries } from "./deliveries/listen.ts";
import { readQueueDepth } from "./deliveries/queue-depth.ts";
import { SLOT_LIMITS, startWorker } from "./deliveries/worker.ts";
import type { Deps } from "./deps.ts";
import { describeHealth } from "./health/describe-health.ts";
import { findMissing } from "./health/find-missing.ts";
import { createMetrics } from "./metrics.ts";
import { createServer, type ServerOptions } from "./server.ts";
import { bindTables } from "./tables.ts";
import { readOverrides } from "./templates/read-overrides.ts";
import { createRenderer } from "./templates/render.ts";

const SERVICE = "notifier";
/** One claims, the others record; a record takes about a millisecond. */
const POOL_SIZE_MAX = 6;

/** Opens what the service needs and starts it. A database or mail server that is down is waited for. */
export async function startNotifier(config: Config): Promise<RunningService> {
  const log = createLogger({ service: SERVICE, level: config.logLevel });
  const registry = createRegistry(SERVICE);
  const render = createRenderer(config.sender, readOverrides(config));
  const db = openDatabase({
    url: config.databaseUrl,
    poolSizeMax: POOL_SIZE_MAX,
    applicationName: "postern-notifier",
  });
  const keyInventory = await checkedKeys(db, config, log);
  const store = { db, tables: bindTables(config.databaseSchema) };
  const now = () => new Date();
  const ways = openWays(config, { log, now, connectionsMax: SLOT_LIMITS.total });
  measureProviders(registry, ways.sms);
  const deps: Deps = {
    ...store,
    keyRing: createKeyRing(config.keys.sealing),
    digestKeys: createDigestKeys(config.keys.blindIndexHex),
    keyInventory,
    ...ways,
    render,
    metrics: createMetrics(registry, () => readQueueDepth(store)),
    log,
  };
  const drain = createDrain(config.shutdownDelaySeconds);
  const server = openServer(config, { registry, store, log, drain });
  const details = () => describeHealth(store);
  const operators = await startOperatorsListener({
    ...config.operators,
    ...{ connectionsMax: config.connectionsMax, registry, details },
  });
  await server.register(callbackRoutes, callbackOptions(config, deps));
  await server.listen(config.listen);
  const worker = startWorker(deps);
  const alerts = startAlerts(deps, config.alerts, createAlertMetrics(registry));
  const listening = listenForDeliveries({ url: config.databaseUrl, onNotification: worker.wake });
  log.info({ port: config.listen.port }, "sending");
  return {
    log,
    drain,
    async stop() {
      keyInventory.stop();
      await Promise.all([
        alerts.stop(),
        worker.stop(),
        listening[Symbol.asyncDispose](),
        server.close(),
      ]);
      await ways[Symbol.asyncDispose]();
      await Promise.all([db[Symbol.asyncDispose](), operators[Symbol.asyncDispose]()]);
    },
  };
}

type ServerParts = Pick<ServerOptions, "log" | "drain"> & {
  registry: ReturnType<typeof createRegistry>;
  store: Parameters<typeof findMissing>[0];
};

function openServer(config: Config, { registry, store, log, drain }: ServerParts) {
  const { connectionsMax, trustedProxies: proxies } = config;
  const listener = boundListener({ limits: { ...CONNECTION_LIMITS, connectionsMax }, proxies });
  measureConnections(registry, "api", listener);
  return createServer({
    ...{ listener, drain, log },
    version: versionOf(config),
    findMissing: shareCheck(() => findMissing(store), { database: true }),
  });
}

const callbackOptions = ({ sms, sesTopicArns }: Config, deps: Deps): CallbackOptions => ({
  deps,
  settings: {
    publicUrl: sms.publicUrl,
    twilioAuthToken: sms.twilio?.authToken ?? null,
    webhookSecret: sms.webhook?.secret ?? null,
  },
  readSns: createSnsReader({ topicArns: sesTopicArns, fetchText, now: deps.now }),
  fetchText,
});

const versionOf = ({ commit }: Config): ServerOptions["version"] => ({
  service: SERVICE,
  version: notifierPackage.version,
  commit,
  schemaVersion: schemaPackage.version,
});

/** The pool is open already: it is closed where the keys are wrong. */
async function checkedKeys(db: OpenDatabase, { keys }: Config, log: Deps["log"]) {
  try {
    return await watchKeyInventory({ db, keys, log });
  } catch (error) {
    await db[Symbol.asyncDispose]();
    throw error;
  }
}

type OpenDatabase = ReturnType<typeof openDatabase>;
