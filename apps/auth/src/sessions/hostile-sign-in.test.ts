import { expect, test } from "vitest";
import { call, password, signUp } from "../testing/client.ts";
import { inFlight } from "../testing/in-flight.ts";
import { openWorld, type World } from "../testing/world.ts";

const email = "ada@example.com";

const attemptsOf = (world: World) => world.db.select().from(world.tables.loginAttempts);

test.for([
  { name: "NUL", typed: "ada\u0000@example.com" },
  { name: "300 characters", typed: `${"a".repeat(300)}@example.com` },
  { name: "half of a surrogate pair", typed: "ada\ud800@example.com" },
])(
  "an identifier with $name is refused before it is looked up or counted (A-24, R-64)",
  async ({ typed }) => {
    await using world = await openWorld();
    const answer = await call(world, "POST /login", { body: { email: typed, password } });
    expect(answer).toMatchObject({ status: 400, body: { code: "invalid_request" } });
    expect(await attemptsOf(world)).toEqual([]);
  },
);

test("headers that no column could hold lose no failure: it is counted, and its row stored cleaned (A-24, R-74)", async () => {
  await using world = await openWorld({ environment: { TRUST_PROXY: "192.0.2.7/32" } });
  await signUp(world);
  const headers = {
    "user-agent": `Mozilla\u0007/5.0 ${"\u00e9".repeat(8_000)}`,
    "x-forwarded-for": "1.2.3.4, evil",
    "accept-language": "x".repeat(4_000),
  };
  for (let guess = 0; guess < 5; guess += 1) {
    const wrong = { email, password: "wrong" };
    expect((await call(world, "POST /login", { body: wrong, headers })).status).toBe(401);
  }
  const rows = await attemptsOf(world);
  expect(rows).toHaveLength(5);
  for (const { userAgent, ipAddress } of rows) {
    expect(userAgent?.length).toBeLessThanOrEqual(512);
    expect(userAgent).toMatch(/^Mozilla \/5\.0/);
    expect(ipAddress).toMatch(/^[0-9.]+$/);
  }
  const locked = await call(world, "POST /login", { body: { email, password }, headers });
  expect(locked.body.code).toBe("account_locked");
});

test("known, unknown and one without a password are refused alike, locked too, byte for byte (R-10, A-30)", async () => {
  await using world = await openWorld();
  await signUp(world);
  await signUp(world, "provider@example.com");
  const { users } = world.tables;
  const identifiers = [email, "nobody@example.com", "provider@example.com"];
  await world.db.update(users).set({ passwordHash: null });
  await signUp(world, "known@example.com");
  identifiers.push("known@example.com");
  const shapes: string[][] = [];
  for (const identifier of identifiers) {
    const shape = [];
    for (let turn = 0; turn < 6; turn += 1) {
      const body = { email: identifier, password: turn === 5 ? password : "wrong" };
      const { status, body: said, headers } = await call(world, "POST /login", { body });
      const names = Object.keys(headers).sort().join();
      const length = headers["content-length"];
      shape.push(JSON.stringify([status, { ...said, instance: "" }, names, length]));
    }
    shapes.push(shape);
  }
  expect(shapes[0]?.[5]).toContain("account_locked");
  for (const shape of shapes) {
    expect(shape).toEqual(shapes[0]);
  }
});

test("200 right sign-ins at once are answered or refused in time, and /health answers meanwhile (A-32)", async () => {
  await using world = await openWorld({
    environment: { LIMITS: "sign_ins_per_address_per_minute=1000" },
  });
  await signUp(world, "user0@example.com");
  const { users } = world.tables;
  const [first] = await world.db.select().from(users);
  const others = Array.from({ length: 199 }, (_, turn) => `user${turn + 1}@example.com`);
  await world.db
    .insert(users)
    .values(others.map((each) => ({ email: each, passwordHash: first!.passwordHash })));

  const waits: number[] = [];
  let isOver = false;
  const watchHealth = async () => {
    while (!isOver) {
      const startedAt = performance.now();
      const health = await world.app.inject({ url: "/health" });
      expect(health.statusCode).toBe(200);
      waits.push(performance.now() - startedAt);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const watching = watchHealth();
  const answers = await inFlight(200, 200, (turn) =>
    call(world, "POST /login", { body: { email: `user${turn}@example.com`, password } }),
  );
  isOver = true;
  await watching;
  for (const { status, headers } of answers) {
    expect([200, 503]).toContain(status);
    expect(status === 200 || headers["retry-after"] !== undefined).toBe(true);
  }
  expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(20);
  waits.sort((one, other) => one - other);
  // R-06 asks for 100 ms of a machine of its own; this one runs other tests meanwhile.
  expect(waits[Math.floor(waits.length * 0.9)]).toBeLessThan(250);
});
