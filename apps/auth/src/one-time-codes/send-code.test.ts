import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { schemaOf } from "../tables.ts";
import { call, readCode, signUp } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";

const ask = (world: World, email: string, token?: string) =>
  call(world, "POST /otp/send", {
    body: { purpose: "sign_in", channel: "email", email },
    ...(token ? { token } : {}),
  });

const elsewhere = ({ tables }: World) => sql`${sql.identifier(schemaOf(tables))}.elsewhere`;

test("sends that were refused use up nothing of the address", async () => {
  await using world = await openWorld();
  expect((await ask(world, "ada@example.com")).status).toBe(202);
  for (let turn = 0; turn < 20; turn += 1) {
    expect((await ask(world, "ada@example.com")).body.code).toBe("otp_cooldown");
  }
  expect((await ask(world, "bob@example.com")).status).toBe(202);
});

test("a send that could not be queued is taken back: the next one is sent", async () => {
  await using world = await openWorld();
  await signUp(world);
  await world.owner.execute(sql`alter table ${world.tables.emailDeliveryLog} rename to elsewhere`);
  expect((await ask(world, "ada@example.com")).status).toBe(500);
  await world.owner.execute(sql`alter table ${elsewhere(world)} rename to email_delivery_log`);
  expect((await ask(world, "ada@example.com")).status).toBe(202);
});

test("a client that always sends its token may still use a code that anybody could ask for", async () => {
  await using world = await openWorld();
  const { accessToken: token } = await signUp(world);
  await world.db.update(world.tables.users).set({ emailVerifiedAt: new Date() });
  const { challengeId } = (await ask(world, "ada@example.com", token)).body;
  const code = await readCode(world, challengeId);
  const answer = await call(world, "POST /otp/verify", { body: { challengeId, code }, token });
  expect(answer.status).toBe(200);
});

test("an unknown address leaves an event and no message", async () => {
  await using world = await openWorld();
  expect((await ask(world, "nobody@example.com")).status).toBe(202);
  const { securityEvents, emailDeliveryLog } = world.tables;
  expect(await world.db.select().from(emailDeliveryLog)).toMatchObject([
    { status: "suppressed", errorCode: "unknown_recipient", userId: null, sealedPayload: null },
  ]);
  expect(await world.db.select().from(securityEvents)).toMatchObject([
    { eventType: "otp_failed", userId: null, metadata: { reason: "unknown_account" } },
  ]);
});

test("the message is in the language that the caller reads", async () => {
  await using world = await openWorld();
  const body = { purpose: "sign_in", channel: "email", email: "ada@example.com" };
  const headers = { "accept-language": "sw-KE,sw;q=0.9,en;q=0.5" };
  expect((await call(world, "POST /otp/send", { body, headers })).status).toBe(202);
  const [row] = await world.db.select().from(world.tables.emailDeliveryLog);
  expect(row?.locale).toBe("sw");
});

test("the highest limits that LIMITS takes work", async () => {
  const names = ["otp_recipients_per_address_per_day", "otp_sends_per_address_per_hour"];
  await using world = await openWorld({
    environment: { LIMITS: names.map((name) => `${name}=10000`).join(",") },
  });
  expect((await ask(world, "ada@example.com")).status).toBe(202);
});

test("a right code that the database could not take is good once more, and once only", async () => {
  await using world = await openWorld();
  await signUp(world);
  await world.db.update(world.tables.users).set({ emailVerifiedAt: new Date() });
  const { challengeId } = (await ask(world, "ada@example.com")).body;
  const code = await readCode(world, challengeId);
  const verify = () => call(world, "POST /otp/verify", { body: { challengeId, code } });
  await world.owner.execute(sql`alter table ${world.tables.sessionAudits} rename to elsewhere`);
  expect((await verify()).status).toBe(500);
  await world.owner.execute(sql`alter table ${elsewhere(world)} rename to session_audits`);
  const answers = await Promise.all(Array.from({ length: 20 }, verify));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(19);
});
