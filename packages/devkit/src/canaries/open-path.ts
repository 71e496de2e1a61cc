import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { withServiceRole } from "../as-service.ts";
import { cloneDatabase } from "../clone-database.ts";
import { type ServiceCommand, startService } from "../dev/service.ts";
import { findFreePort } from "../find-free-port.ts";
import { type Inbox, startInbox } from "../inbox/start-inbox.ts";
import { startRedis } from "../redis.ts";
import { COMPILE_CACHE, repositoryFolder } from "../repository.ts";
import { type SmsProviders, startSmsProviders } from "../sms-providers/start-sms-providers.ts";
import { type OwnSmsService, startOwnSmsService } from "./own-sms-service.ts";

/** Where messages leave to. */
type Outside = { inbox: Inbox; providers: SmsProviders; ownSmsService: OwnSmsService };

export type Path = AsyncDisposable &
  Outside & {
    databaseUrl: string;
    redisUrl: string;
    authUrl: string;
    /** Of both operators' listeners. */
    metricsUrls: string[];
    logsFolder: string;
  };

const hexKey = () => randomBytes(32).toString("hex");
const urlOf = (port: number) => `http://127.0.0.1:${port}`;

/** A mail server that turns this address away says so with the address in its answer, as many do. */
const isTurnedAway = (address: string): boolean => address.endsWith("@away.example.com");

/** Both services as processes of their own, at LOG_LEVEL=debug, and all that they talk to. */
export async function openPath(): Promise<Path> {
  const stack = new AsyncDisposableStack();
  const database = stack.use(await cloneDatabase());
  const redis = stack.use(await startRedis());
  const logsFolder = mkdtempSync(join(tmpdir(), "postern-canaries-"));
  stack.defer(() => rmSync(logsFolder, { recursive: true }));
  const ports = await Promise.all(Array.from({ length: 4 }, findFreePort));
  const [auth = 0, authMetrics = 0, notifier = 0, notifierMetrics = 0] = ports;
  const outside = await startOutside(stack, urlOf(notifier));
  const common = {
    ...COMPILE_CACHE,
    DATABASE_URL: withServiceRole(database.url),
    REDIS_URL: redis.url,
    SYSTEM_ENCRYPTION_KEY: hexKey(),
    BLIND_INDEX_KEY: hexKey(),
    SMS_COUNTRIES: "KE,UG,TZ",
    LOG_LEVEL: "debug",
  };
  const notifierUrl = { NOTIFIER_PUBLIC_URL: urlOf(notifier) };
  outside.providers.reportTo(findReportsUrl({ ...common, ...notifierUrl }));
  const start = async (name: string, port: number, environment: Record<string, string>) => {
    const entry = `apps/${name}/src/main.ts`;
    const onStarted: ServiceCommand["onStarted"] = ({ stop }) => stack.defer(stop);
    const command = { name, entry, url: urlOf(port), logsFolder, onStarted };
    await startService({ ...command, environment: { ...common, ...environment } });
  };
  await start("auth", auth, {
    PUBLIC_URL: urlOf(auth),
    // So that each person has an address of their own, and no limit needs lifting.
    TRUST_PROXY: "127.0.0.1",
    AUTH_PORT: String(auth),
    AUTH_METRICS_PORT: String(authMetrics),
  });
  await start("notifier", notifier, {
    ...mailAndTexts(outside),
    ...notifierUrl,
    NOTIFIER_PORT: String(notifier),
    NOTIFIER_METRICS_PORT: String(notifierMetrics),
  });
  return {
    databaseUrl: database.url,
    redisUrl: redis.url,
    authUrl: urlOf(auth),
    metricsUrls: [authMetrics, notifierMetrics].map((port) => `${urlOf(port)}/metrics`),
    logsFolder,
    ...outside,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function startOutside(stack: AsyncDisposableStack, notifierUrl: string): Promise<Outside> {
  const inbox = await startInbox({
    messagesMax: 10_000,
    refuse: (to) =>
      isTurnedAway(to) ? { code: 550, message: `5.1.1 <${to}> is unknown here` } : undefined,
  });
  return {
    inbox: stack.use(inbox),
    providers: stack.use(await startSmsProviders()),
    ownSmsService: stack.use(await startOwnSmsService(`${notifierUrl}/callbacks/webhook`)),
  };
}

/** Where Africa's Talking reports to, as an operator learns it. */
function findReportsUrl(environment: NodeJS.ProcessEnv): string {
  const words = [resolve(repositoryFolder, "apps/cli/src/main.ts"), "delivery", "callbacks"];
  const printed = execFileSync(process.execPath, words, { env: environment, encoding: "utf8" });
  return /\S+\/callbacks\/africas_talking\/\S+/.exec(printed)?.[0] ?? "";
}

const mailAndTexts = ({ inbox, providers, ownSmsService }: Outside) => ({
  SMTP_URL: inbox.smtpUrl,
  MAIL_FROM: "Postern <no-reply@postern.test>",
  SMS_PROVIDERS: "*:twilio,UG:africas_talking,TZ:webhook",
  TWILIO_ACCOUNT_SID: providers.twilio.accountSid,
  TWILIO_AUTH_TOKEN: providers.twilio.authToken,
  TWILIO_FROM: "+15005550006",
  TWILIO_BASE_URL: providers.url,
  AFRICAS_TALKING_USERNAME: providers.africasTalking.username,
  AFRICAS_TALKING_API_KEY: providers.africasTalking.apiKey,
  AFRICAS_TALKING_BASE_URL: providers.url,
  SMS_WEBHOOK_URL: ownSmsService.url,
  SMS_WEBHOOK_SECRET: ownSmsService.secret,
  SMS_BUDGET_PER_DAY: "USD 1000,KES 100000",
  SMS_PRICES: "twilio/KE=USD 0.01,africas_talking/UG=KES 0.8,webhook/TZ=KES 1",
  SMS_PUMPING_LIMITS: "country_unverified=10000,prefix_unverified=10000,sequential_numbers=10000",
});
