import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { openCounters } from "@postern/counters";
import { newSeed } from "@postern/crypto";
import { findFreePort, type SmsProviders, startSmsProviders, testRedisUrl } from "@postern/devkit";
import { callbackPath, queueMessage } from "@postern/messages";
import { sql } from "drizzle-orm";
import Fastify, { type FastifyInstance } from "fastify";
import { readBudgetSettings } from "../budget/budget-settings.ts";
import { callbackRoutes } from "../callbacks/routes.ts";
import { createSnsReader, type SnsOptions } from "../callbacks/sns.ts";
import { openSmsRoutes } from "../channels/open-sms-routes.ts";
import { readSmsOrder } from "../channels/sms-order.ts";
import { deliver } from "../deliveries/deliver.ts";
import type { Deps } from "../deps.ts";
import { readPumpingLimits } from "../pumping/pumping-limits.ts";
import type { Tables } from "../tables.ts";
import { claimDue } from "./claim-due.ts";
import { openWorld, queueOne, type World } from "./world.ts";

export const WEBHOOK_SECRET = "a secret of two services, 32 bytes or more";
export const TOPIC = "arn:aws:sns:eu-west-1:123456789012:mail";

export type SmsWorld = World & {
  providers: SmsProviders;
  server: FastifyInstance;
  /** Of what these counters keep in Redis. */
  keyPrefix: string;
  publicUrl: string;
};

type SmsRow = Tables["smsDeliveryLog"]["$inferSelect"];

/** A worker with both providers, and a server where their receipts arrive. */
export async function openSmsWorld(
  order = "*:twilio>africas_talking",
  fetchText: SnsOptions["fetchText"] = async () => "",
  guard: Guard = {},
): Promise<SmsWorld> {
  const world = await openWorld();
  const providers = await startSmsProviders();
  const port = await findFreePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const { twilio, africasTalking, url } = providers;
  const sms = openSmsRoutes({
    appName: "Postern",
    now: world.now,
    settings: {
      order: readSmsOrder(order)!,
      twilio: { ...twilio, from: "+15005550006", baseUrl: url },
      africasTalking: { ...africasTalking, from: null, baseUrl: url },
      webhook: null,
      inboxUrl: null,
      publicUrl,
    },
  });
  const deps = { ...world, sms, ...(await openGuard(guard)) };
  providers.reportTo(`${publicUrl}${callbackPath(world.digestKeys, "africas_talking")}`);
  const server = Fastify();
  await server.register(callbackRoutes, {
    deps,
    settings: { publicUrl, twilioAuthToken: twilio.authToken, webhookSecret: WEBHOOK_SECRET },
    readSns: createSnsReader({ topicArns: [TOPIC], fetchText, now: world.now }),
    fetchText,
  });
  await server.listen({ host: "127.0.0.1", port });
  return {
    ...deps,
    providers,
    server,
    publicUrl,
    async [Symbol.asyncDispose]() {
      await providers[Symbol.asyncDispose]();
      await server.close();
      sms.close();
      await deps.counters[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
    },
  };
}

export type Guard = {
  /** As SMS_BUDGET_PER_DAY and the others; room enough for every test that is about something else. */
  budget?: string;
  share?: number;
  prices?: string;
  limits?: string;
  isDenied?: boolean;
  redisUrl?: string;
  keyPrefix?: string;
};

const ROOMY = "prefix_unverified=100000,country_unverified=100000,sequential_numbers=100000";

async function openGuard(guard: Guard): Promise<Pick<Deps, "smsBudget" | "smsPumping"> & Counting> {
  const countries = ["KE", "US", "GB"];
  const { redisUrl: url = testRedisUrl(), keyPrefix = `test-${randomUUID()}:` } = guard;
  // On the Redis that all tests share a decision may take 5 s: more than any stall of a busy machine.
  const isShared = guard.redisUrl === undefined;
  const counters = openCounters({
    url,
    keyPrefix,
    ...(isShared ? { decisionMilliseconds: 5000 } : {}),
  });
  while (counters.state() === "away") await sleep(5);
  const budget = {
    SMS_BUDGET_PER_DAY: guard.budget ?? "KES 1000000,USD 1000000",
    SMS_BUDGET_COUNTRY_SHARE: guard.share ?? 100,
    SMS_PRICES: guard.prices ?? "",
  };
  const limits = readPumpingLimits(guard.limits ?? ROOMY)!;
  return {
    counters,
    keyPrefix,
    smsBudget: readBudgetSettings(budget, countries),
    smsPumping: { countries, limits, isDenied: guard.isDenied ?? true },
  };
}

type Counting = { counters: ReturnType<typeof openCounters>; keyPrefix: string };

/** Queues a code to a number. */
export async function queueSms(world: World, to: string, challengeId?: string): Promise<string> {
  const { id } = await queueMessage(world.db, world, {
    name: "verify_phone_code_sms",
    userId: null,
    to,
    seed: newSeed(),
    lifeSeconds: 300,
    challengeId,
  });
  return id;
}

/** Sends what is due, fail-overs too, until nothing is. Returns how many attempts that took. */
export async function sendTexts(world: World): Promise<number> {
  let attempts = 0;
  for (;;) {
    const claimed = await claimDue(world, "sms");
    if (claimed.length === 0) return attempts;
    attempts += claimed.length;
    const signal = new AbortController().signal;
    await Promise.all(claimed.map((delivery) => deliver(world, delivery, signal)));
  }
}

/** Every row, the oldest first. */
export function readTexts({ db, tables }: World): Promise<SmsRow[]> {
  return db.select().from(tables.smsDeliveryLog).orderBy(sql`created_at, id`);
}

type Body = { body: string; headers?: Record<string, string> };

/** Posts to the callbacks of the world as they come in through a proxy. */
export const postCallback = ({ server }: SmsWorld, path: string, { body, headers }: Body) =>
  server.inject({
    method: "POST",
    url: path,
    payload: body,
    headers: { "content-type": "text/plain; charset=UTF-8", ...headers },
  });

/** The row of a mail that the mail server took. */
export async function sentMail(world: SmsWorld): Promise<string> {
  const { id } = await queueOne(world);
  const log = world.tables.emailDeliveryLog;
  await world.db.execute(sql`update ${log} set status = 'sending', lease_id = id,
    lease_expires_at = now() + interval '1 minute' where id = ${id}`);
  await world.db.execute(sql`update ${log} set status = 'sent', sent_at = now(), provider = 'smtp',
    sealed_payload = null, lease_id = null, lease_expires_at = null where id = ${id}`);
  return id;
}
