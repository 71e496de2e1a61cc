import { type RedisServer, startRedis } from "@postern/devkit";
import { isNotNull } from "drizzle-orm";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { call, password, signUp } from "../testing/client.ts";
import { inFlight } from "../testing/in-flight.ts";
import { openWorld, type World } from "../testing/world.ts";

const emailOf = (turn: number) => `user${turn}@example.com`;
const OWNERS = 380;
const LOCKED = [380, 381, 382, 383, 384];
const FAILING = [385, 386, 387, 388, 389];

const login = (world: World, turn: number, typed = password) =>
  call(world, "POST /login", {
    body: { email: emailOf(turn), password: typed },
    from: `198.51.100.${turn % 250}`,
  });

async function openAccounts(world: World): Promise<void> {
  await signUp(world, emailOf(0));
  const { users } = world.tables;
  const [first] = await world.db.select().from(users);
  const others = Array.from({ length: 389 }, (_, turn) => emailOf(turn + 1));
  await world.db
    .insert(users)
    .values(others.map((email) => ({ email, passwordHash: first!.passwordHash })));
}

/** Gone without a word, and with it all that it held. */
async function kill(server: RedisServer): Promise<void> {
  process.kill(server.pid, "SIGKILL");
  await server.exited;
}

/** Empty, where the other one was. */
async function startAgain(killed: RedisServer): Promise<RedisServer> {
  const server = await startRedis({ port: killed.port });
  const admin = new Redis(server.url);
  await admin.config("SET", "requirepass", new URL(killed.url).password);
  admin.disconnect();
  return server;
}

test("Redis killed and started again amid 2,000 sign-ins: all get in, no lock is lost and none invented (R-70)", async () => {
  await using redis = await startRedis();
  await using world = await openWorld({ redisUrl: redis.url });
  const { databaseUrl, keyPrefix } = world;
  await using second = await openWorld({ redisUrl: redis.url, databaseUrl, keyPrefix });
  await openAccounts(world);
  const guessAt = async (turns: number[], times: number) => {
    for (let time = 0; time < times; time += 1) {
      await Promise.all(turns.map((turn) => login(world, turn, "wrong")));
    }
  };
  await guessAt(LOCKED, 5);
  await guessAt(FAILING, 3);

  let again: RedisServer | undefined;
  const answers = await inFlight(2_000, 24, async (turn) => {
    if (turn === 600) {
      await kill(redis);
    }
    if (turn === 1_300) {
      again = await startAgain(redis);
    }
    const isLocked = turn % 20 === 19;
    const account = isLocked ? LOCKED[turn % LOCKED.length]! : turn % OWNERS;
    const { status, body, headers } = await login(turn % 2 === 0 ? world : second, account);
    const isDocumented = status !== 503 || headers["retry-after"] !== undefined;
    return { isLocked, status, code: body.code, isDocumented };
  });
  await using _ = again!;

  expect(answers.filter(({ isDocumented }) => !isDocumented)).toEqual([]);
  const outcomes = Object.groupBy(answers, ({ isLocked, status, code }) =>
    isLocked ? `locked: ${code}` : `owner: ${status}`,
  );
  expect(Object.keys(outcomes).sort()).toEqual(["locked: account_locked", "owner: 200"]);
  await guessAt(FAILING, 2);
  for (const account of FAILING) {
    expect((await login(second, account)).body.code).toBe("account_locked");
  }
  const { attemptLanes } = world.tables;
  const locked = isNotNull(attemptLanes.lockedUntil);
  expect(await world.db.select().from(attemptLanes).where(locked)).toHaveLength(10);
  expect(await world.db.select().from(attemptLanes)).toHaveLength(10);
}, 120_000);

test("while Redis is away, attempts in flight are no failures: four right and one wrong lock nothing, and of 100 guesses five are checked", async () => {
  await using redis = await startRedis();
  await using world = await openWorld({ redisUrl: redis.url });
  await openAccounts(world);
  await kill(redis);
  for (let round = 0; round < 5; round += 1) {
    const answers = await Promise.all(
      [password, password, "wrong", password, password].map((typed) =>
        login(world, 10 + round, typed),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 401, 200, 200]);
  }
  const guesses = await Promise.all(Array.from({ length: 100 }, () => login(world, 2, "wrong")));
  const codes = Object.groupBy(guesses, ({ body }) => body.code);
  expect(codes.invalid_credentials).toHaveLength(5);
  expect((await login(world, 2)).body.code).toBe("account_locked");
});
