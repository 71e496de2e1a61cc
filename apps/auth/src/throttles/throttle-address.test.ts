import { expect, test } from "vitest";
import { sendFor, signUpVerified } from "../one-time-codes/testing/accounts.ts";
import { call, password, readCode, signUp } from "../testing/client.ts";
import { inFlight } from "../testing/in-flight.ts";
import { openWorld } from "../testing/world.ts";

const guess = (turn: number) => ({
  body: { email: `user${turn}@example.com`, password },
  headers: {
    "x-forwarded-for": `203.0.113.${turn % 250}`,
    forwarded: `for=203.0.113.${turn % 250}`,
  },
});

test("1,000 sign-ins that each claim another address are one bucket (A-20)", async () => {
  await using world = await openWorld({
    environment: { LIMITS: "sign_ins_per_address_per_minute=10" },
  });
  const answers = await inFlight(1_000, 40, (turn) => call(world, "POST /login", guess(turn)));
  const checked = answers.filter(({ status }) => status === 401);
  expect(checked).toHaveLength(10);
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(990);
  expect(refused[0]?.body.code).toBe("too_many_requests");
  // What was refused by address locked nobody's lane.
  await signUp(world);
  const body = { email: "ada@example.com", password };
  expect((await call(world, "POST /login", { body, from: "198.51.100.1" })).status).toBe(200);
});

test("the addresses of one /64 are one bucket, mapped IPv4 is IPv4, and 50 peers are 50 (A-21)", async () => {
  await using world = await openWorld({
    environment: { LIMITS: "sign_ins_per_address_per_minute=2" },
  });
  const signIn = (turn: number, from: string) =>
    call(world, "POST /login", { body: { email: `user${turn}@example.com`, password }, from });
  const statuses = async (addresses: string[]) =>
    (await inFlight(addresses.length, 10, (turn) => signIn(turn, addresses[turn]!))).map(
      ({ status }) => status,
    );

  const oneNetwork = Array.from({ length: 20 }, (_, turn) => `2001:db8:1:2:${turn}::1`);
  expect((await statuses(oneNetwork)).filter((status) => status === 401)).toHaveLength(2);
  const oneClient = ["198.51.100.7", "::ffff:198.51.100.7", "198.51.100.7"];
  expect((await statuses(oneClient)).filter((status) => status === 401)).toHaveLength(2);
  const manyClients = Array.from({ length: 50 }, (_, turn) => `203.0.113.${turn}`);
  expect((await statuses(manyClients)).filter((status) => status === 401)).toHaveLength(50);
});

test("sign-ups are limited by address, before anything is hashed", async () => {
  await using world = await openWorld({
    environment: { LIMITS: "sign_ups_per_address_per_hour=3" },
  });
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, turn) =>
      call(world, "POST /signup", {
        body: { email: `user${turn}@example.com`, password, name: "A" },
      }),
    ),
  );
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(7);
});

test("one address names no more than 20 recipients a day, and the 21st loses none of their sends (R-25)", async () => {
  await using world = await openWorld({
    environment: { LIMITS: "otp_sends_per_address_per_hour=1000" },
  });
  const ask = (turn: number, from: string) =>
    call(world, "POST /otp/send", {
      body: { purpose: "sign_in", channel: "email", email: `user${turn}@example.com` },
      from,
    });
  for (let turn = 0; turn < 20; turn += 1) {
    expect((await ask(turn, "192.0.2.7")).status).toBe(202);
  }
  expect(await ask(20, "192.0.2.7")).toMatchObject({ status: 429, body: { code: "otp_limit" } });
  for (let turn = 0; turn < 3; turn += 1) {
    expect((await ask(20, `198.51.100.${turn}`)).status).toBe(202);
  }
});

test("an address that presents too many codes learns nothing of a right one, which stays right for its owner", async () => {
  await using world = await openWorld({
    environment: { LIMITS: "codes_per_address_per_minute=5" },
  });
  await signUpVerified(world);
  const challengeId = await sendFor(world, {
    body: { purpose: "sign_in", channel: "email", email: "ada@example.com" },
  });
  const right = { challengeId, code: await readCode(world, challengeId) };
  const present = (body: object, from: string) => call(world, "POST /otp/verify", { body, from });
  for (let guess = 0; guess < 5; guess += 1) {
    const nothing = { challengeId: "1.nothingnothingnothing", code: "12345678" };
    expect((await present(nothing, "2001:db8:1:2::1")).status).toBe(401);
  }
  const refused = await present(right, "2001:db8:1:2::2");
  expect(refused).toMatchObject({ status: 429, body: { code: "too_many_requests" } });
  expect(refused.headers["retry-after"]).toBeDefined();
  expect((await present(right, "192.0.2.7")).status).toBe(200);
});
