import { setTimeout as sleep } from "node:timers/promises";
import { call, password, signUp } from "@postern/auth/testing/client";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { openDeployment } from "../testing/open-deployment.ts";

const email = "ada@example.com";

test("an operator unlocks an account in both stores, and the event says so (R-15, R-74)", async () => {
  await using world = await openDeployment();
  const { auth } = world;
  const { user } = await signUp(auth);
  const wrong = { body: { email, password: "wrong" } };
  for (let guess = 0; guess < 5; guess += 1) {
    await call(auth, "POST /login", wrong);
  }
  const right = { body: { email, password } };
  expect((await call(auth, "POST /login", right)).status).toBe(429);
  const { code, out } = await world.run("user", "unlock", "--email", "ADA@example.com");
  expect({ code, out }).toEqual({ code: 0, out: "Unlocked." });
  expect((await call(auth, "POST /login", right)).status).toBe(200);
  const log = auth.tables.securityEvents;
  const [event] = await auth.db.select().from(log).where(sql`event_type = 'account_unlocked'`);
  expect(event).toMatchObject({
    userId: user.id,
    metadata: { reason: "admin", actor: "operator" },
  });
});

test("without Redis nothing is unlocked, and that is said", async () => {
  await using world = await openDeployment();
  await signUp(world.auth);
  world.environment.REDIS_URL = "redis://127.0.0.1:1";
  const { code, err } = await world.run("user", "unlock", "--email", email);
  expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining("Redis") });
});

test("an export is the owner's own, of a disabled account too, and holds no secret (R-72, D14)", async () => {
  await using world = await openDeployment();
  const { auth } = world;
  const body = { email, password, name: "Ada", phone: "+254712345678" };
  await call(auth, "POST /signup", { body });
  await auth.owner.execute(sql`update postern.users set disabled_at = now()`);
  const { code, out } = await world.run("user", "export", "--email", email);
  expect(code).toBe(0);
  const exported = JSON.parse(out);
  expect(exported.account).toMatchObject({ email, phone: "+254712345678" });
  expect(exported.tables.refresh_tokens).toHaveLength(1);
  expect(out).not.toMatch(/_hash|_index|encrypted_|sealed_|pe1[.]|[$]argon2/);
  const log = auth.tables.securityEvents;
  const [event] = await auth.db.select().from(log).where(sql`event_type = 'account_exported'`);
  expect(event!.metadata).toEqual({ actor: "operator" });
});

test("erased by an operator, the account is gone and its tokens end within a second (R-38, D14)", async () => {
  await using world = await openDeployment();
  const { auth } = world;
  const { user, accessToken: token } = await signUp(auth);
  const refused = await world.run("user", "erase", "--id", user.id);
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("--yes") });
  expect((await call(auth, "GET /me", { token })).status).toBe(200);
  expect(await world.run("user", "erase", "--id", user.id, "--yes")).toMatchObject({
    code: 0,
    out: "Erased.",
  });
  await sleep(1_000);
  expect((await call(auth, "GET /me", { token })).status).toBe(401);
  expect((await world.run("user", "erase", "--id", user.id, "--yes")).code).toBe(1);
  const [left] = await auth.owner.execute<{ text: string }>(
    sql`select database_to_xml(true, false, '')::text as text`,
  );
  expect(left!.text).not.toContain(user.id);
});

test.for([
  ["unlock"],
  ["unlock", "--email", "a@b.example", "--id", "1"],
  ["unlock", "--email", "a@b.example, c@d.example"],
  ["export", "--id", "1; drop table users"],
  ["export", "--id", "1"],
  ["unlock", "--email", "nobody@example.com"],
])("user %s: exit code 1 and one line", async (words) => {
  await using world = await openDeployment();
  const { code, out, err } = await world.run("user", ...words);
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toMatch(/^postern: .+$/);
});
