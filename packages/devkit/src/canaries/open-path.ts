import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withServiceRole } from "../as-service.ts";
import { cloneDatabase } from "../clone-database.ts";
import { type ServiceCommand, startService } from "../dev/service.ts";
import { findFreePort } from "../find-free-port.ts";
import { type Inbox, startInbox } from "../inbox/start-inbox.ts";
import { startRedis } from "../redis.ts";
import { COMPILE_CACHE } from "../repository.ts";
import { type SmsProviders, startSmsProviders } from "../sms-providers/start-sms-providers.ts";

export type Path = AsyncDisposable & {
  databaseUrl: string;
  redisUrl: string;
  authUrl: string;
  /** Of both operators' listeners. */
  metricsUrls: string[];
  logsFolder: string;
  inbox: Inbox;
  providers: SmsProviders;
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
  const providers = stack.use(await startSmsProviders());
  const inbox = stack.use(
    await startInbox({
      messagesMax: 10_000,
      refuse: (to) =>
        isTurnedAway(to) ? { code: 550, message: `5.1.1 <${to}> is unknown here` } : undefined,
    }),
  );
  const logsFolder = mkdtempSync(join(tmpdir(), "postern-canaries-"));
  stack.defer(() => rmSync(logsFolder, { recursive: true }));
  const ports = await Promise.all(Array.from({ length: 4 }, findFreePort));
  const [auth = 0, authMetrics = 0, notifier = 0, notifierMetrics = 0] = ports;
  const common = {
    ...COMPILE_CACHE,
    DATABASE_URL: withServiceRole(database.url),
    REDIS_URL: redis.url,
    SYSTEM_ENCRYPTION_KEY: hexKey(),
    BLIND_INDEX_KEY: hexKey(),
    SMS_COUNTRIES: "KE",
    LOG_LEVEL: "debug",
  };
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
    ...mailAndTexts(inbox, providers),
    NOTIFIER_PUBLIC_URL: urlOf(notifier),
    NOTIFIER_PORT: String(notifier),
    NOTIFIER_METRICS_PORT: String(notifierMetrics),
  });
  return {
    databaseUrl: database.url,
    redisUrl: redis.url,
    authUrl: urlOf(auth),
    metricsUrls: [authMetrics, notifierMetrics].map((port) => `${urlOf(port)}/metrics`),
    logsFolder,
    inbox,
    providers,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const mailAndTexts = ({ smtpUrl }: Inbox, { url, twilio }: SmsProviders) => ({
  SMTP_URL: smtpUrl,
  MAIL_FROM: "Postern <no-reply@postern.test>",
  SMS_PROVIDERS: "*:twilio",
  TWILIO_ACCOUNT_SID: twilio.accountSid,
  TWILIO_AUTH_TOKEN: twilio.authToken,
  TWILIO_FROM: "+15005550006",
  TWILIO_BASE_URL: url,
  SMS_BUDGET_PER_DAY: "USD 1000",
  SMS_PRICES: "twilio/KE=USD 0.01",
  SMS_PUMPING_LIMITS: "country_unverified=10000,prefix_unverified=10000,sequential_numbers=10000",
});
