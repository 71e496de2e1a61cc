import { newSeed } from "@postern/crypto";
import { findFreePort, startRedis, withServiceRole } from "@postern/devkit";
import { callbackPath, openMessage, sealMessage } from "@postern/messages";
import { sql } from "drizzle-orm";
import type { Tables } from "../tables.ts";
import { runMain } from "./start-process.ts";
import { type SmsProviderProcess, startSmsProvider, type Taken } from "./start-sms-provider.ts";
import { openWorld, type World } from "./world.ts";

/** What can be killed and started again. */
export type Victim = { kill(): Promise<void>; start(): Promise<void> };

export type SmsChaosPlace = AsyncDisposable & {
  world: World;
  twilio: SmsProviderProcess;
  africasTalking: SmsProviderProcess;
  notifier: Victim;
  /** What both providers took, told or not. */
  taken(): readonly Taken[];
};

/** The notifier, Twilio and Africa's Talking, each in a process of its own that can be killed. */
export async function openSmsChaosPlace(): Promise<SmsChaosPlace> {
  const world = await openWorld();
  const redis = await startRedis();
  const [port, metricsPort] = [await findFreePort(), await findFreePort()];
  const publicUrl = `http://127.0.0.1:${port}`;
  const reportUrl = `${publicUrl}${callbackPath(world.digestKeys, "africas_talking")}`;
  const [twilio, africasTalking] = [
    await startSmsProvider(reportUrl),
    await startSmsProvider(reportUrl),
  ];
  const { accounts } = twilio;
  const start = () =>
    runMain({
      DATABASE_URL: withServiceRole(world.databaseUrl),
      REDIS_URL: redis.url,
      SYSTEM_ENCRYPTION_KEY: world.keys.sealing,
      BLIND_INDEX_KEY: world.keys.blindIndex,
      SMTP_URL: "smtp://127.0.0.1:1",
      MAIL_FROM: "Postern <no-reply@postern.test>",
      SMS_PROVIDERS: "*:twilio>africas_talking",
      SMS_COUNTRIES: "KE",
      SMS_BUDGET_PER_DAY: "KES 1000000,USD 1000000",
      SMS_PUMPING_LIMITS:
        "prefix_unverified=100000,country_unverified=100000,sequential_numbers=100000",
      TWILIO_ACCOUNT_SID: accounts.twilio.accountSid,
      TWILIO_AUTH_TOKEN: accounts.twilio.authToken,
      TWILIO_FROM: "+15005550006",
      TWILIO_BASE_URL: twilio.url,
      AFRICAS_TALKING_USERNAME: accounts.africasTalking.username,
      AFRICAS_TALKING_API_KEY: accounts.africasTalking.apiKey,
      AFRICAS_TALKING_BASE_URL: africasTalking.url,
      NOTIFIER_PUBLIC_URL: publicUrl,
      NOTIFIER_PORT: String(port),
      NOTIFIER_METRICS_PORT: String(metricsPort),
      LOG_LEVEL: "info",
    });
  let notifier = start();
  return {
    world,
    twilio,
    africasTalking,
    taken: () => [...twilio.taken, ...africasTalking.taken],
    notifier: {
      async kill() {
        notifier.child.kill("SIGKILL");
        await notifier.exited;
      },
      async start() {
        notifier = start();
      },
    },
    async [Symbol.asyncDispose]() {
      notifier.child.kill("SIGKILL");
      await notifier.exited;
      await twilio[Symbol.asyncDispose]();
      await africasTalking[Symbol.asyncDispose]();
      await redis.stop();
      await world[Symbol.asyncDispose]();
    },
  };
}

type SmsRow = Tables["smsDeliveryLog"]["$inferSelect"];

export type Challenge = Readonly<{ id: string; to: string; code: string }>;

/** Queues a code to each number, a challenge of its own, in one insert. */
export async function queueChallenges(
  world: World,
  numbers: readonly string[],
): Promise<Challenge[]> {
  const sealed = numbers.map((to) =>
    sealMessage(world, {
      name: "verify_phone_code_sms",
      to,
      seed: newSeed(),
      lifeSeconds: 3_600,
      challengeId: `challenge${to}`,
    }),
  );
  await world.db.insert(world.tables.smsDeliveryLog).values(
    sealed.map(({ channel: _, lifeSeconds, recipientHint, recipientIndex, ...row }) => ({
      ...row,
      country: row.country as string,
      sealedPayload: row.sealedPayload as SmsRow["sealedPayload"],
      toPhoneHint: recipientHint,
      toPhoneIndex: recipientIndex,
      expiresAt: sql`now() + make_interval(secs => ${lifeSeconds})`,
    })),
  );
  return sealed.map((row) => {
    const { to, code } = openMessage(world, row);
    return { id: row.challengeId as string, to, code: code as string };
  });
}
