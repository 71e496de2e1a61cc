import { cloneDatabase, testRedisUrl } from "@postern/devkit";
import { expect, test } from "vitest";
import { call, password, readCode, signUp } from "./testing/client.ts";
import { layPostgresWire, layRedisWire, type Traffic, type Wire } from "./testing/wire.ts";
import { openWorld, type World } from "./testing/world.ts";

type Spent = { redis: Traffic; postgres: Traffic };
type Wires = { redis: Wire; postgres: Wire };

const ROUNDS = 6;
const LIMITS = [
  "otp_cooldown_seconds=1",
  "otp_sends_per_recipient_per_hour=1000",
  "otp_sends_per_recipient_per_day=1000",
  "otp_live_challenges_per_recipient=100",
  "otp_sends_per_address_per_hour=1000",
].join(",");

async function openWiredWorld() {
  const stack = new AsyncDisposableStack();
  const database = stack.use(await cloneDatabase());
  const redis = stack.use(await layRedisWire(testRedisUrl()));
  const postgres = stack.use(await layPostgresWire(database.url));
  const world = stack.use(
    await openWorld({
      databaseUrl: postgres.url,
      redisUrl: redis.url,
      environment: { LIMITS },
    }),
  );
  const wires: Wires = { redis, postgres };
  return { world, wires, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/**
 * What an operation spends: the least of some rounds, since the watchers' polls and a statement's
 * first preparation only add. What `prepare` does is not counted.
 */
async function spentBy<T>(
  wires: Wires,
  operation: (prepared: T) => Promise<unknown>,
  prepare: (round: number) => Promise<T> | T,
): Promise<Spent> {
  const rounds: Spent[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const prepared = await prepare(round);
    wires.redis.reset();
    wires.postgres.reset();
    await operation(prepared);
    rounds.push({ redis: wires.redis.traffic(), postgres: wires.postgres.traffic() });
  }
  const least = (store: keyof Spent, what: keyof Traffic) =>
    Math.min(...rounds.map((round) => round[store][what]));
  const leastOf = (store: keyof Spent) => ({
    trips: least(store, "trips"),
    requests: least(store, "requests"),
  });
  return { redis: leastOf("redis"), postgres: leastOf("postgres") };
}

const NONE: Traffic = { trips: 0, requests: 0 };
const ONE: Traffic = { trips: 1, requests: 1 };
const asItIs = (round: number) => round;

const email = "ada@example.com";

const succeed = async (answer: ReturnType<typeof call>, status = 200) => {
  const { body, ...rest } = await answer;
  expect(rest.status).toBe(status);
  return body;
};

const sendCode = (world: World, round: number) =>
  succeed(
    call(world, "POST /otp/send", {
      body: { purpose: "sign_in", channel: "email", email },
      from: `198.51.100.${round}`,
    }),
    202,
  );

// D12. A trip more is a decision: change the budget there first.

test("sign-in spends 2 trips to Redis and 2 to PostgreSQL, right or wrong (D12)", async () => {
  await using wired = await openWiredWorld();
  const { world, wires } = wired;
  const { deviceToken } = await signUp(world);
  const budget = { redis: { trips: 2, requests: 3 }, postgres: { trips: 2, requests: 2 } };
  for (const known of [{}, { deviceToken }]) {
    const body = { email, password, ...known };
    const right = () => succeed(call(world, "POST /login", { body }));
    expect(await spentBy(wires, right, asItIs)).toEqual(budget);
  }
  const wrong = (round: number) =>
    succeed(
      call(world, "POST /login", { body: { email: `u${round}@example.com`, password } }),
      401,
    );
  // Beside the attempt that is settled, what watches for stuffing and spraying.
  const watched = { ...budget, redis: { trips: 2, requests: 5 } };
  expect(await spentBy(wires, wrong, asItIs)).toEqual(watched);
});

test("a locked lane costs one look at PostgreSQL and none at Redis (D12, R-12)", async () => {
  await using wired = await openWiredWorld();
  const { world, wires } = wired;
  const body = { email, password: "wrong" };
  for (let guess = 0; guess < 5; guess += 1) {
    await succeed(call(world, "POST /login", { body }), 401);
  }
  const locked = () => succeed(call(world, "POST /login", { body }), 429);
  expect(await spentBy(wires, locked, asItIs)).toEqual({ redis: NONE, postgres: ONE });
});

test("a refresh is one statement, and a token is checked without a trip (D12)", async () => {
  await using wired = await openWiredWorld();
  const { world, wires } = wired;
  let { refreshToken, accessToken } = await signUp(world);
  const refresh = async () => {
    const body = { refreshToken };
    ({ refreshToken, accessToken } = await succeed(call(world, "POST /refresh", { body })));
  };
  expect(await spentBy(wires, refresh, asItIs)).toEqual({ redis: NONE, postgres: ONE });
  const check = () => succeed(call(world, "GET /session", { token: accessToken }));
  expect(await spentBy(wires, check, asItIs)).toEqual({ redis: NONE, postgres: NONE });
});

test("an API key is checked in one wave, and its use is written later (D12)", async () => {
  await using wired = await openWiredWorld();
  const { world, wires } = wired;
  const { accessToken: token } = await signUp(world);
  const body = { name: "CI", scopes: ["read"], rateLimitPerMinute: 1_000 };
  const { key } = await succeed(call(world, "POST /api-keys", { token, body }), 201);
  const check = () => succeed(call(world, "POST /api-keys/verify", { body: { key } }));
  expect(await spentBy(wires, check, asItIs)).toEqual({ redis: ONE, postgres: ONE });
});

test("sending a code spends one trip each, presenting it too, the refund beside the statement (D12)", async () => {
  await using wired = await openWiredWorld();
  const { world, wires } = wired;
  await signUp(world);
  await world.db.update(world.tables.users).set({ emailVerifiedAt: new Date() });
  const send = (round: number) => sendCode(world, round);
  const sent = await spentBy(wires, send, asItIs);
  expect(sent).toEqual({ redis: { trips: 1, requests: 3 }, postgres: ONE });

  const verified = await spentBy(
    wires,
    (body) => succeed(call(world, "POST /otp/verify", { body })),
    async (round) => {
      const { challengeId } = await sendCode(world, 100 + round);
      return { challengeId, code: await readCode(world, challengeId) };
    },
  );
  expect(verified).toEqual({ redis: { trips: 2, requests: 3 }, postgres: ONE });
});
