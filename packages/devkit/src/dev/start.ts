import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { asService } from "../as-service.ts";
import { type Inbox, startInbox } from "../inbox/start-inbox.ts";
import { COMPILE_CACHE } from "../repository.ts";
import { checkPorts } from "./check-ports.ts";
import { readOrMakeKeys } from "./keys.ts";
import { takeLock } from "./lock.ts";
import { pushWhenChanged } from "./push-when-changed.ts";
import { readPreviews } from "./read-previews.ts";
import { type DevRecord, removeRecord, writeRecord } from "./record.ts";
import { removeDrafts } from "./remove-drafts.ts";
import { begin } from "./screen.ts";
import { removeData, startOwnPostgres, startOwnRedis } from "./servers.ts";
import { failWhenGone, type Service, startService } from "./service.ts";
import { type Settings, urlOf } from "./settings.ts";

export type Development = {
  record: DevRecord;
  /** Rejects when anything that we started ends by itself. */
  broken: Promise<never>;
};

type Start = { settings: Settings; isFresh: boolean; stack: AsyncDisposableStack };

type Server = { url: string; exited: Promise<number | null>; dataFolder?: string };

type Servers = {
  databaseUrl: string;
  /** Of PostgreSQL, where it is our own. */
  dataFolder: string | undefined;
  redisUrl: string;
  inbox: Inbox;
  broken: Promise<never>;
};

/**
 * Starts everything in the order of its needs. Each part is on the stack as soon as it runs, so
 * disposing of the stack stops them at any moment, in the opposite order.
 */
export async function startDevelopment({ settings, isFresh, stack }: Start): Promise<Development> {
  stack.defer(takeLock());
  await checkPorts([
    ...[settings.auth, settings.authOperators, settings.notifier, settings.notifierOperators],
    ...[settings.inboxMail, settings.inboxPage],
  ]);
  if (isFresh) removeData(settings);
  removeDrafts(settings, { isFresh });
  rmSync(settings.folders.logs, { recursive: true, force: true });
  mkdirSync(settings.folders.logs, { recursive: true });

  const servers = await startServers(settings, stack);
  const pushed = begin("the schema");
  const isPushed = await pushWhenChanged({
    ...servers,
    databaseSchema: settings.databaseSchema,
  });
  pushed(isPushed ? "the schema, pushed" : "the schema, unchanged");

  const services = await startServices({ settings, servers, stack });
  const record = recordOf(settings, servers, services);
  writeRecord(record);
  stack.defer(removeRecord);
  return { record, broken: Promise.race([servers.broken, ...services.map(failWhenGone)]) };
}

async function startServers(settings: Settings, stack: AsyncDisposableStack): Promise<Servers> {
  const done = begin("PostgreSQL, Redis and the inbox");
  const keep = <T extends AsyncDisposable>(part: T): T => stack.use(part);
  const { databaseUrl, redisUrl, inboxMail, inboxPage, folders } = settings;
  const postgres: Promise<Server> = databaseUrl
    ? Promise.resolve({ url: databaseUrl, exited: NEVER })
    : startOwnPostgres(settings).then(keep);
  const redis: Promise<Server> = redisUrl
    ? Promise.resolve({ url: redisUrl, exited: NEVER })
    : startOwnRedis(settings, postgres).then(keep);
  const inbox = startInbox({
    smtpPort: inboxMail.port,
    webPort: inboxPage.port,
    readPreviews: () => readPreviews(withOwn({ PUBLIC_URL: urlOf(settings.auth) })),
  }).then(keep);

  const [database, counters, mail] = await Promise.all([postgres, redis, inbox]);
  done();
  const logFile = (name: string) => join(folders.logs, `${name}.log`);
  const broken = Promise.race([
    failWhenGone({ ...database, name: "PostgreSQL", logFile: logFile("postgres") }),
    failWhenGone({ ...counters, name: "Redis", logFile: logFile("redis") }),
  ]);
  // Where the start fails further on, nobody listens to this, and then it does not matter.
  broken.catch(() => undefined);
  const { url, dataFolder } = database;
  return { databaseUrl: url, dataFolder, redisUrl: counters.url, inbox: mail, broken };
}

/** The life of a server that is not ours. */
const NEVER = new Promise<null>(() => undefined);

type Parts = { settings: Settings; servers: Servers; stack: AsyncDisposableStack };

async function startServices(parts: Parts): Promise<[auth: Service, notifier: Service]> {
  const { settings, servers, stack } = parts;
  const done = begin("auth and notifier");
  const databaseUrl = await asService(servers.databaseUrl);
  const environment = environmentOf(settings, { ...servers, databaseUrl });
  const run = async (name: string, url: string) =>
    startService({
      name,
      entry: `apps/${name}/src/main.ts`,
      url,
      environment,
      logsFolder: settings.folders.logs,
      onStarted: ({ stop }) => stack.defer(stop),
    });
  const services = await Promise.all([
    run("auth", urlOf(settings.auth)),
    run("notifier", urlOf(settings.notifier)),
  ]);
  done();
  return services;
}

/** A developer tries and tries again, all from one address. */
const LIMITS = [
  "sign_ups_per_address_per_hour=10000",
  "sign_ins_per_address_per_minute=1000",
  "otp_sends_per_address_per_hour=10000",
  "otp_recipients_per_address_per_day=10000",
].join(",");

/**
 * What the services read: ours unless the developer set it, and always the servers that we found.
 */
function environmentOf(settings: Settings, servers: Servers): Record<string, string> {
  const usual = {
    ...COMPILE_CACHE,
    PUBLIC_URL: urlOf(settings.auth),
    MAIL_FROM: "Postern <postern@example.com>",
    SMTP_URL: servers.inbox.smtpUrl,
    INBOX_URL: servers.inbox.webUrl,
    LIMITS,
    SMS_PROVIDERS: "inbox",
    SMS_COUNTRIES: "KE,US,GB",
  };
  return {
    ...usual,
    ...withoutEmpty(readOrMakeKeys()),
    ...withoutEmpty(process.env),
    DATABASE_URL: servers.databaseUrl,
    DATABASE_SCHEMA: settings.databaseSchema,
    REDIS_URL: servers.redisUrl,
  };
}

/** What the developer set goes first. */
const withOwn = (usual: Record<string, string>): Record<string, string> => ({
  ...usual,
  ...withoutEmpty(process.env),
});

const withoutEmpty = (environment: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );

function recordOf(
  settings: Settings,
  servers: Servers,
  [auth, notifier]: [Service, Service],
): DevRecord {
  const { inbox, databaseUrl, redisUrl } = servers;
  return {
    pid: process.pid,
    startedAt: new Date().toISOString(),
    auth: { url: auth.url, operatorsUrl: urlOf(settings.authOperators), pid: auth.pid },
    notifier: {
      url: notifier.url,
      operatorsUrl: urlOf(settings.notifierOperators),
      pid: notifier.pid,
    },
    inbox: { smtpUrl: inbox.smtpUrl, webUrl: inbox.webUrl },
    databaseUrl,
    databaseSchema: settings.databaseSchema,
    redisUrl,
    logsFolder: settings.folders.logs,
  };
}
