import { eq, sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { call, password, readCode, signUp } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";
import { withTotp } from "../two-factor/testing/factors.ts";
import { startFakeProvider } from "./testing/fake-provider.ts";

const ada = { email: "ada@example.com", password };

async function openWorldWithGoogle() {
  const stack = new AsyncDisposableStack();
  const google = stack.use(await startFakeProvider());
  const world = stack.use(
    await openWorld({
      environment: { GOOGLE_ISSUER: google.issuer, GOOGLE_CLIENT_ID: google.clientId },
    }),
  );
  const signIn = async (claims: object = {}, more: object = {}) =>
    call(world, "POST /google", {
      body: {
        credential: await google.sign({ claims: { jti: crypto.randomUUID(), ...claims } }),
        ...more,
      },
    });
  return { world, google, signIn, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function verifyEmail({ db, tables: { users } }: World, email = ada.email) {
  await db.update(users).set({ emailVerifiedAt: new Date() }).where(eq(users.email, email));
}

const connectionsOf = ({ db, tables }: World) => db.select().from(tables.oauthConnections);

const mailsOf = async ({ db, tables }: World) =>
  (await db.select().from(tables.emailDeliveryLog)).map(({ template }) => template);

const eventsOf = async ({ db, tables }: World, type: string) =>
  (await db.select().from(tables.securityEvents)).filter(({ eventType }) => eventType === type);

const failedLogin = (world: World, from = "192.0.2.66") =>
  call(world, "POST /login", { body: { ...ada, password: "a wrong password" }, from });

test("a verified email links a verified account, and its owner is told (R-57, R-16)", async () => {
  await using opened = await openWorldWithGoogle();
  const { world, signIn } = opened;
  const { user } = await signUp(world);
  await verifyEmail(world);
  const answer = await signIn();
  expect(answer).toMatchObject({ status: 200, body: { user: { id: user.id } } });
  expect(await mailsOf(world)).toContain("connection_linked");
  const [linked] = await eventsOf(world, "oauth_linked");
  expect(linked?.metadata).toEqual({ provider: "google", by: "email" });
  expect((await call(world, "POST /login", { body: ada })).status).toBe(200);
});

test("whoever opened an account with an unproven email loses all of it to the owner (A-01)", async () => {
  await using opened = await openWorldWithGoogle();
  const { world, signIn } = opened;
  const eve = await signUp(world, ada.email);
  const { accessToken: token } = eve;
  const change = await call(world, "POST /email/change", {
    token,
    body: { email: "eve@evil.example" },
  });
  expect(change.body).toMatchObject({ challengeId: expect.any(String) });
  const { challengeId } = change.body;
  const proof = { challengeId, code: await readCode(world, challengeId) };
  await world.db.insert(world.tables.twoFactorAuth).values({
    userId: eve.user.id,
    method: "email",
    confirmedAt: new Date(),
  });
  await world.db.insert(world.tables.oauthConnections).values({
    userId: eve.user.id,
    provider: "google",
    issuer: opened.google.issuer,
    providerAccountId: "eve-at-provider",
  });
  const answer = await signIn();
  expect(answer).toMatchObject({ status: 200, body: { user: { id: eve.user.id } } });

  expect((await call(world, "GET /me", { token })).status).toBe(401);
  const refresh = { refreshToken: eve.refreshToken };
  expect((await call(world, "POST /refresh", { body: refresh })).status).toBe(401);
  expect((await call(world, "POST /login", { body: ada })).status).toBe(401);
  expect(await world.db.select().from(world.tables.twoFactorAuth)).toEqual([]);
  const subjects = (await connectionsOf(world)).map(({ providerAccountId }) => providerAccountId);
  expect(subjects).toEqual(["ada-at-provider"]);
  expect((await signIn({ sub: "eve-at-provider" })).status).toBe(409);
  expect((await call(world, "POST /otp/verify", { token, body: proof })).status).toBe(401);
  const [user] = await world.db.select().from(world.tables.users);
  expect(user).toMatchObject({ email: ada.email, passwordHash: null });
  expect(user?.emailVerifiedAt).not.toBeNull();
  expect(await mailsOf(world)).toContain("account_claimed");
});

test("an email that was given to somebody else comes with a new subject, and links nothing", async () => {
  await using opened = await openWorldWithGoogle();
  const { world, signIn } = opened;
  expect((await signIn()).status).toBe(200);
  const heir = await signIn({ sub: "whoever has the domain now" });
  expect(heir).toMatchObject({ status: 409, body: { code: "link_required" } });
  expect(await connectionsOf(world)).toHaveLength(1);
  const [failure] = await eventsOf(world, "oauth_failed");
  expect(failure?.metadata).toEqual({ provider: "google", reason: "identity_exists" });
});

test("of two subjects that come with one email at once, one is linked", async () => {
  await using opened = await openWorldWithGoogle();
  const { world, signIn } = opened;
  await signUp(world);
  await verifyEmail(world);
  const answers = await Promise.all(["one", "two"].map((sub) => signIn({ sub })));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  expect(await connectionsOf(world)).toHaveLength(1);
});

test("an account that is locked, or an email that nobody has, is linked to nothing (R-15)", async () => {
  await using opened = await openWorldWithGoogle();
  const { world, signIn } = opened;
  for (let turn = 0; turn < 5; turn += 1) {
    await failedLogin(world);
  }
  const unknown = await signIn();
  expect(unknown).toMatchObject({ status: 429, body: { code: "account_locked" } });
  expect(Number(unknown.headers["retry-after"])).toBeGreaterThan(800);
  expect(await world.db.select().from(world.tables.users)).toEqual([]);
  await world.db.execute(sql`
    insert into ${world.tables.users} (email, name, email_verified_at) values (${ada.email}, '', now())`);
  expect((await signIn()).body.code).toBe("account_locked");
  expect(await connectionsOf(world)).toEqual([]);
});

test("a stranger's lock stops neither a connection that exists nor a known device (R-13)", async () => {
  await using opened = await openWorldWithGoogle();
  const { world, signIn } = opened;
  const { deviceToken } = await signUp(world);
  await verifyEmail(world);
  for (let turn = 0; turn < 5; turn += 1) {
    await failedLogin(world);
  }
  expect((await signIn()).status).toBe(429);
  expect((await signIn({}, { deviceToken })).status).toBe(200);
  expect((await signIn()).status).toBe(200);
});

test("a disabled account is answered as a token that is none (R-10)", async () => {
  await using opened = await openWorldWithGoogle();
  const { world, signIn } = opened;
  const { users } = world.tables;
  expect((await signIn()).status).toBe(200);
  const forged = await signIn({ iss: "https://evil.example" });
  await world.db.update(users).set({ disabledAt: new Date() });
  const byConnection = await signIn();
  await world.db.delete(world.tables.oauthConnections);
  const byEmail = await signIn();
  for (const answer of [byConnection, byEmail]) {
    expect(answer.status).toBe(401);
    expect({ ...answer.body, instance: "" }).toEqual({ ...forged.body, instance: "" });
  }
  const attempts = await world.db.select().from(world.tables.loginAttempts);
  expect(attempts.filter(({ attemptResult }) => attemptResult === "disabled")).toHaveLength(2);
});

test("a provider is no way round the second factor (A-06)", async () => {
  await using opened = await openWorldWithGoogle();
  const { world, signIn } = opened;
  await withTotp(world);
  for (const way of ["by email", "by connection"]) {
    const { status, body } = await signIn();
    expect({ way, status, ...body }).toMatchObject({ status: 200, twoFactorRequired: true });
    expect(body.methods).toContain("totp");
    expect(body.accessToken).toBeUndefined();
    expect((await call(world, "GET /me", { token: body.pendingToken })).status).toBe(401);
  }
});

test("of ten who sign in while the account is opened by password, none gets the password's account", async () => {
  await using opened = await openWorldWithGoogle();
  const { world, signIn } = opened;
  const [eve, ...answers] = await Promise.all([
    call(world, "POST /signup", { body: { ...ada, name: "Eve" } }),
    ...Array.from({ length: 10 }, () => signIn()),
  ]);
  // 401: hers was opened, and somebody else's before its session began.
  expect([201, 401, 409]).toContain(eve?.status);
  expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
  expect(await world.db.select().from(world.tables.users)).toHaveLength(1);
  expect((await call(world, "POST /login", { body: ada })).status).toBe(401);
});
