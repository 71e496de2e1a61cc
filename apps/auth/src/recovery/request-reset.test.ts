import { digestToken } from "@postern/crypto";
import { openMessage } from "@postern/messages";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { sendRaw } from "../http/testing/send-raw.ts";
import { schemaOf } from "../tables.ts";
import { call, password, signUp } from "../testing/client.ts";
import { readLink } from "../testing/read-link.ts";
import { openWorld, type World } from "../testing/world.ts";

const email = "ada@example.com";

const forgot = (world: World, body: unknown = { email }, from = "192.0.2.7") =>
  call(world, "POST /password/forgot", { body, from });

const mails = (world: World) => world.db.select().from(world.tables.emailDeliveryLog);

test("known, unknown and disabled get one answer: status, body, headers (R-11, A-30)", async () => {
  await using world = await openWorld();
  await signUp(world);
  await signUp(world, "off@example.com");
  const { users } = world.tables;
  await world.db
    .update(users)
    .set({ disabledAt: new Date() })
    .where(sql`${users.email} = 'off@example.com'`);
  const answers = [];
  for (const asked of [email, "off@example.com", "nobody@example.com"]) {
    const { status, body, headers } = await forgot(world, { email: asked });
    answers.push({ status, body, names: Object.keys(headers).sort() });
  }
  expect(answers[0]).toMatchObject({ status: 202, body: { expiresIn: 1_800 } });
  expect(answers[1]).toEqual(answers[0]);
  expect(answers[2]).toEqual(answers[0]);
  const queued = (await mails(world)).filter(({ status }) => status === "pending");
  expect(queued.map(({ toEmailHint }) => toEmailHint)).toEqual(["a***@example.com"]);
});

test("no answer comes sooner than the work of a known address takes (A-30)", async () => {
  await using world = await openWorld();
  const times = [];
  for (let turn = 0; turn < 10; turn += 1) {
    const started = performance.now();
    await forgot(world, { email: "nobody@example.com" });
    times.push(performance.now() - started);
  }
  expect(Math.min(...times)).toBeGreaterThan(98);
});

test("the link is derived: only its SHA-256 is kept, and no table has it in clear (R-27, D3)", async () => {
  await using world = await openWorld();
  await signUp(world);
  await forgot(world);
  const secret = await readLink(world);
  expect(secret).toMatch(/^[\w-]{43}$/);
  const [recovery] = await world.db.select().from(world.tables.accountRecovery);
  expect(recovery?.tokenHash).toBe(digestToken(secret));
  const minutes = (Number(recovery?.expiresAt) - Number(recovery?.createdAt)) / 60_000;
  expect(minutes).toBe(30);
  const [dump] = await world.owner.execute<{ text: string }>(sql`
    select string_agg(query_to_xml(format('select * from %I.%I', schemaname, tablename),
      true, true, '')::text, '') as text
    from pg_tables where schemaname = ${schemaOf(world.tables)} and tablename <> 'users'`);
  expect(dump?.text).toContain("password_reset_requested");
  expect(dump?.text).not.toContain(secret);
  expect(dump?.text).not.toContain(email);
});

test("a forged Host, two of them, or X-Forwarded-Host reach no mail: it holds no address of ours at all (A-22, R-59)", async () => {
  await using world = await openWorld();
  await signUp(world);
  const url = await world.app.listen({ port: 0, host: "127.0.0.1" });
  const body = JSON.stringify({ email });
  const send = (...lines: string[]) =>
    sendRaw(url, [
      "POST /api/auth/password/forgot HTTP/1.1",
      ...lines,
      "Content-Type: application/json",
      `Content-Length: ${Buffer.byteLength(body)}`,
      "Connection: close",
      "",
      body,
    ]);
  expect(await send("Host: evil.example")).toMatch(/^HTTP\/1.1 202 /);
  expect(await send("Host: a", "X-Forwarded-Host: evil.example")).toMatch(/^HTTP\/1.1 202 /);
  expect(await send("Host: a", "Forwarded: host=evil.example")).toMatch(/^HTTP\/1.1 202 /);
  expect(await send("Host: a", "Host: evil.example")).toMatch(/^HTTP\/1.1 400 /);
  const queued = (await mails(world)).filter(({ template }) => template === "reset_password_link");
  expect(queued).toHaveLength(3);
  for (const row of queued) {
    const opened = openMessage(world, row as Parameters<typeof openMessage>[1]);
    expect(JSON.stringify(opened)).not.toContain("evil");
    expect(opened.variables).toEqual({});
  }
});

test("five mails an hour go to one recipient; the sixth request looks the same (R-11)", async () => {
  await using world = await openWorld();
  await signUp(world);
  for (let turn = 0; turn < 7; turn += 1) {
    const answer = await forgot(world, { email }, `198.51.100.${turn}`);
    expect(answer).toMatchObject({ status: 202, body: { expiresIn: 1_800 } });
  }
  const queued = (await mails(world)).filter(({ status }) => status === "pending");
  expect(queued).toHaveLength(5);
});

test("an address asks thirty times an hour, whoever it asks for", async () => {
  await using world = await openWorld({
    environment: { LIMITS: "recoveries_per_address_per_hour=2" },
  });
  for (const asked of ["a@example.com", "b@example.com"]) {
    expect((await forgot(world, { email: asked })).status).toBe(202);
  }
  const refused = await forgot(world, { email: "c@example.com" });
  expect(refused).toMatchObject({ status: 429, body: { code: "too_many_requests" } });
  expect((await forgot(world, { email: "c@example.com" }, "198.51.100.9")).status).toBe(202);
});

test("asking stays open while signing in is locked (R-15)", async () => {
  await using world = await openWorld();
  await signUp(world);
  const wrong = { email, password: "not the right password" };
  for (let guess = 0; guess < 6; guess += 1) {
    await call(world, "POST /login", { body: wrong });
  }
  expect((await call(world, "POST /login", { body: { email, password } })).status).toBe(429);
  expect((await forgot(world)).status).toBe(202);
  expect(await readLink(world)).toMatch(/^[\w-]{43}$/);
});

test.for([
  "<b@attacker.com>ada@example.com",
  '"ada@example.com\r\nBcc: c@attacker.com"@x.com',
  "ada@example.com, b@attacker.com",
  "ada＠example.com",
  "ada\u0000@example.com",
])("an email that could be read in two ways is refused: %j (A-23, A-24)", async (asked) => {
  await using world = await openWorld();
  expect((await forgot(world, { email: asked })).status).toBe(400);
});
