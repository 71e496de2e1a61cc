import { openMessage } from "@postern/messages";
import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { call, password, signUp } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";
import { givePhone, PHONE } from "../two-factor/testing/factors.ts";
import { callAdmin, signUpAdmin } from "./testing/admins.ts";

const email = "ada@example.com";
const signIn = (world: World) => call(world, "POST /login", { body: { email, password } });

async function openWithAda() {
  const world = await openWorld();
  const admin = await signUpAdmin(world);
  const ada = await signUp(world);
  const act = (action: string) =>
    callAdmin(world, `POST /users/${ada.user.id}/${action}`, { token: admin.token });
  return { world, admin, ada, act };
}

const eventsOf = async ({ db, tables: { securityEvents: log } }: World, eventType: string) =>
  db.select().from(log).where(eq(log.eventType, eventType)).orderBy(log.id);

test("unlocking ends the lock at once, for strangers too, and names who did it (R-15, R-74)", async () => {
  const { world, admin, ada, act } = await openWithAda();
  await using _ = world;
  for (let guess = 0; guess < 5; guess += 1) {
    await call(world, "POST /login", { body: { email, password: "wrong" } });
  }
  expect((await signIn(world)).status).toBe(429);
  const before = await callAdmin(world, `GET /users/${ada.user.id}`, { token: admin.token });
  expect(before.body).toMatchObject({ failedLoginAttempts: 5, riskLevel: expect.any(String) });
  expect(before.body.lockedUntil).not.toBe(null);
  const { status, body } = await act("unlock");
  expect({ status, body }).toMatchObject({
    status: 200,
    body: { lockedUntil: null, failedLoginAttempts: 0 },
  });
  expect((await signIn(world)).status).toBe(200);
  const [event] = await eventsOf(world, "account_unlocked");
  expect(event).toMatchObject({
    userId: ada.user.id,
    ipAddress: "192.0.2.200",
    metadata: { reason: "admin", actor: admin.id },
  });
});

test("a disabled account is out within a second, also a sign-in of that moment (R-38)", async () => {
  const { world, admin, ada, act } = await openWithAda();
  await using _ = world;
  const [, ...signedIn] = await Promise.all([
    act("disable"),
    ...[1, 2, 3].map(() => signIn(world)),
  ]);
  for (const { status, body } of signedIn.filter(({ status }) => status === 200)) {
    expect(status).toBe(200);
    expect((await call(world, "GET /me", { token: body.accessToken })).status).toBe(401);
  }
  expect((await call(world, "GET /me", { token: ada.accessToken })).status).toBe(401);
  const { refreshToken } = ada;
  expect((await call(world, "POST /refresh", { body: { refreshToken } })).status).toBe(401);
  expect((await signIn(world)).body.code).toBe("invalid_credentials");
  expect((await act("disable")).status).toBe(200);
  expect(await eventsOf(world, "account_disabled")).toMatchObject([
    { userId: ada.user.id, metadata: { actor: admin.id } },
  ]);
  const [ended] = await eventsOf(world, "mass_token_revocation");
  expect(ended!.metadata).toMatchObject({ reason: "account_disabled", actor: admin.id });

  expect((await act("enable")).body.disabledAt).toBe(null);
  expect(await eventsOf(world, "account_enabled")).toHaveLength(1);
  expect((await signIn(world)).status).toBe(200);
  expect((await call(world, "GET /me", { token: ada.accessToken })).status).toBe(401);
});

test("nobody disables the account they act with, and two who disable each other do not hang", async () => {
  await using world = await openWorld();
  const one = await signUpAdmin(world);
  const other = await signUpAdmin(world, "second@example.com");
  const disable = (by: typeof one, whom: typeof one) =>
    callAdmin(world, `POST /users/${whom.id}/disable`, { token: by.token });
  expect((await disable(one, one)).status).toBe(403);
  const answers = await Promise.all([disable(one, other), disable(other, one)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 403]);
});

test("ended by an administrator, every session is out, and the account stays open (R-17, R-38)", async () => {
  const { world, admin, ada, act } = await openWithAda();
  await using _ = world;
  const second = (await signIn(world)).body;
  expect((await act("end-sessions")).body.sessionCount).toBe(0);
  for (const token of [ada.accessToken, second.accessToken]) {
    expect((await call(world, "GET /me", { token })).status).toBe(401);
  }
  const [event] = await eventsOf(world, "mass_token_revocation");
  expect(event!.metadata).toEqual({ reason: "ended_by_admin", sessions: 2, actor: admin.id });
  expect((await signIn(world)).status).toBe(200);
});

test("a forced reset ends the password and tells the owner, and no one sees a new one (R-09, R-17)", async () => {
  const { world, admin, ada, act } = await openWithAda();
  await using _ = world;
  const answer = await act("force-reset");
  expect(answer.status).toBe(200);
  expect((await call(world, "GET /me", { token: ada.accessToken })).status).toBe(401);
  expect((await signIn(world)).body.code).toBe("password_expired");
  expect(await eventsOf(world, "password_reset_forced")).toMatchObject([
    { userId: ada.user.id, metadata: { actor: admin.id } },
  ]);
  const { emailDeliveryLog: log } = world.tables;
  const [mail] = await world.db.select().from(log).where(eq(log.template, "password_reset_forced"));
  const opened = openMessage(world, mail as Parameters<typeof openMessage>[1]);
  expect(opened).toMatchObject({ to: email, variables: {} });
});

test("what an administrator sees holds no hash, no sealed value, no whole number (R-17, R-72)", async () => {
  const { world, admin, ada } = await openWithAda();
  await using _ = world;
  await givePhone(world, ada.user.id);
  await call(world, "POST /password/forgot", { body: { email } });
  const { token } = admin;
  const sent = await callAdmin(world, "POST /deliveries", { token, body: { to: email } });
  expect(sent.body.messages[0]).toMatchObject({
    template: "reset_password_link",
    to: "a***@example.com",
    story: expect.stringMatching(/^Waits since/),
  });
  const found = await callAdmin(world, "POST /users/search", { token, body: { phone: PHONE } });
  expect(found.body.users).toMatchObject([{ id: ada.user.id, email: "a***@example.com" }]);
  const byEmail = await callAdmin(world, "POST /users/search", {
    token,
    body: { email: "ADA@example.com" },
  });
  expect(byEmail.body).toEqual(found.body);
  const pages = [
    sent,
    found,
    await callAdmin(world, "GET /users", { token }),
    await callAdmin(world, `GET /users/${ada.user.id}`, { token }),
    await callAdmin(world, "GET /overview", { token }),
    await callAdmin(world, "GET /events", { token }),
  ];
  expect(pages.map(({ status }) => status)).toEqual(pages.map(() => 200));
  const text = JSON.stringify(pages.map(({ body }) => body));
  expect(text).not.toMatch(/pe1[.]|[$]argon2|_index|token_hash/);
  expect(text).not.toContain(PHONE);
  expect(text).not.toContain(PHONE.slice(5));
});

test("accounts come page by page, each of them once", async () => {
  await using world = await openWorld();
  const { token } = await signUpAdmin(world);
  for (const name of ["ada", "bob", "cyd", "dan"]) {
    await signUp(world, `${name}@example.com`);
  }
  const ids: string[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const query = cursor === "" ? "" : `&cursor=${cursor}`;
    const { body } = await callAdmin(world, `GET /users?limit=2${query}`, { token });
    ids.push(...body.users.map(({ id }: { id: string }) => id));
    cursor = body.nextCursor;
  }
  expect(ids).toHaveLength(5);
  expect(new Set(ids).size).toBe(5);
});
