import { and, eq, inArray } from "drizzle-orm";
import { expect, test } from "vitest";
import { type Limits, readLimits } from "./limits.ts";
import { RETURN_TO } from "./oauth/testing/app.ts";
import { startFakeProvider } from "./oauth/testing/fake-provider.ts";
import { call, password } from "./testing/client.ts";
import { type LimitCase, limitCases } from "./testing/limit-cases.ts";
import { openWorld, type World } from "./testing/world.ts";

const MOST = 3;
const NAMES = Object.keys(readLimits("").limits) as (keyof Limits)[];

/** No limit but the given ones is in the way; a cooldown has no bound that could be wide. */
const limitsOf = (own: Partial<Limits>): string =>
  NAMES.map(
    (name) => `${name}=${own[name] ?? (name === "otp_cooldown_seconds" ? 1 : 10_000)}`,
  ).join();

/** Limits that do not refuse in the way of the table; each has a test of its own below. */
const APART = [
  "password_resets_per_recipient_per_hour",
  "password_resets_per_recipient_per_day",
  "otp_cooldown_seconds",
  "stuffing_identifiers_per_address_per_quarter_hour",
  "spraying_identifiers_per_quarter_hour",
] as const satisfies readonly (keyof Limits)[];

async function openLimited(own: Partial<Limits>) {
  const stack = new AsyncDisposableStack();
  const fake = stack.use(await startFakeProvider());
  const environment = {
    LIMITS: limitsOf(own),
    OIDC_FAKE_ISSUER: fake.issuer,
    OIDC_FAKE_CLIENT_ID: fake.clientId,
    REDIRECT_URLS: RETURN_TO,
  };
  const world = stack.use(await openWorld({ environment }));
  return { world, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test("every limit that LIMITS knows is reached by a test of this file", () => {
  const reached = new Set<string>([...limitCases.map(({ limit }) => limit), ...APART]);
  expect([...reached].sort()).toEqual([...NAMES].sort());
});

test.for(limitCases.map((it) => [it.limit, it.call, it] as const))(
  "%s at %s: three pass, the fourth is refused with Retry-After, and another is not",
  async ([, , limitCase]) => {
    const { limit, refusal, windowSeconds, open }: LimitCase = limitCase;
    await using opened = await openLimited({ [limit]: MOST });
    const attempt = await open(opened.world);
    for (let turn = 0; turn < MOST; turn += 1) {
      expect((await attempt(turn, "one")).status, `attempt ${turn + 1}`).not.toBe(429);
    }
    const refused = await attempt(MOST, "one");
    expect(refused).toMatchObject({ status: 429, body: { code: refusal } });
    const retryAfter = Number(refused.headers["retry-after"]);
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(windowSeconds);
    // Just used up: what another, shorter window would say is far less.
    expect(retryAfter).toBeGreaterThan(windowSeconds / 4);
    expect((await attempt(MOST + 1, "other")).status).not.toBe(429);
    expect((await attempt(MOST + 2, "one")).status).toBe(429);
  },
);

/** How many reset links wait for a mailbox's owner. */
const linksTo = ({ db, tables: { emailDeliveryLog: log, users } }: World, email: string) =>
  db
    .select({ id: log.id })
    .from(log)
    .innerJoin(users, eq(users.id, log.userId))
    .where(and(eq(log.template, "reset_password_link"), eq(users.email, email)));

test.for([
  "password_resets_per_recipient_per_hour",
  "password_resets_per_recipient_per_day",
] as const)(
  "%s: three links are mailed, the fourth is not, and the answer does not tell (D17)",
  async (limit) => {
    await using opened = await openLimited({ [limit]: MOST });
    const { world } = opened;
    const ask = (email: string, turn: number) =>
      call(world, "POST /password/forgot", { body: { email }, from: `203.0.113.${turn + 1}` });
    for (const email of ["one@example.com", "other@example.com"]) {
      await call(world, "POST /signup", { body: { email, password, name: "Ada" } });
    }
    const answers = [];
    for (let turn = 0; turn < MOST + 2; turn += 1) answers.push(await ask("one@example.com", turn));
    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1);
    expect(answers[0]!.status).toBe(202);
    expect(await linksTo(world, "one@example.com")).toHaveLength(MOST);
    await ask("other@example.com", 9);
    expect(await linksTo(world, "other@example.com")).toHaveLength(1);
  },
);

test("otp_cooldown_seconds: one code to a recipient from an address, others are not held up", async () => {
  await using opened = await openLimited({ otp_cooldown_seconds: 7 });
  const ask = (email: string, from: string) =>
    call(opened.world, "POST /otp/send", {
      body: { purpose: "sign_in", channel: "email", email },
      from,
    });
  expect((await ask("one@example.com", "198.51.100.1")).status).toBe(202);
  const refused = await ask("one@example.com", "198.51.100.1");
  expect(refused).toMatchObject({ status: 429, body: { code: "otp_cooldown" } });
  expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
  expect(Number(refused.headers["retry-after"])).toBeLessThanOrEqual(7);
  expect((await ask("one@example.com", "198.51.100.2")).status).toBe(202);
  expect((await ask("other@example.com", "198.51.100.1")).status).toBe(202);
});

const detected = async ({ db, tables: { securityEvents: log } }: World) => {
  const types = ["credential_stuffing_detected", "password_spraying_detected"];
  const rows = await db.select().from(log).where(inArray(log.eventType, types));
  return rows.map(({ eventType }) => eventType);
};

const failAt = (world: World, turn: number, from: string) =>
  call(world, "POST /login", { body: { email: `user${turn}@example.com`, password }, from });

test("stuffing_identifiers_per_address_per_quarter_hour: the third of an address is told, of others none", async () => {
  const own = { stuffing_identifiers_per_address_per_quarter_hour: MOST };
  await using opened = await openLimited(own);
  const { world } = opened;
  for (const turn of [0, 1]) {
    await failAt(world, turn, "198.51.100.1");
    await failAt(world, turn + 10, "198.51.100.2");
  }
  expect(await detected(world)).toEqual([]);
  expect((await failAt(world, 2, "198.51.100.1")).status).toBe(401);
  expect(await detected(world)).toEqual(["credential_stuffing_detected"]);
});

test("spraying_identifiers_per_quarter_hour: the third from anywhere is told, and none is refused", async () => {
  await using opened = await openLimited({ spraying_identifiers_per_quarter_hour: MOST });
  const { world } = opened;
  for (const turn of [0, 1]) await failAt(world, turn, `203.0.113.${turn + 1}`);
  expect(await detected(world)).toEqual([]);
  expect((await failAt(world, 2, "203.0.113.3")).status).toBe(401);
  expect(await detected(world)).toEqual(["password_spraying_detected"]);
});
