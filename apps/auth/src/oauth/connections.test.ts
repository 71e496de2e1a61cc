import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { buildServer } from "../server.ts";
import { call, password, signUp } from "../testing/client.ts";
import { sameId } from "../testing/same-id.ts";
import { openWorld, type World } from "../testing/world.ts";
import { RETURN_TO, travel } from "./testing/app.ts";
import { startFakeProvider } from "./testing/fake-provider.ts";
import { startRealProvider } from "./testing/real-provider.ts";

async function openWorldWithProviders() {
  const stack = new AsyncDisposableStack();
  const google = stack.use(await startFakeProvider());
  const acme = stack.use(await startRealProvider("acme"));
  acme.accounts.set("ada-1", { email: "ada.work@acme.example", email_verified: false });
  const world = stack.use(
    await openWorld({
      environment: {
        ...acme.environment,
        GOOGLE_ISSUER: google.issuer,
        GOOGLE_CLIENT_ID: google.clientId,
        REDIRECT_URLS: RETURN_TO,
      },
    }),
  );
  const credential = (claims: object = {}) =>
    google.sign({ claims: { jti: crypto.randomUUID(), ...claims } });
  return { world, google, acme, credential, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const link = (world: World, token: string, body: object) =>
  call(world, "POST /connections", { token, body });

const list = async (world: World, token: string) =>
  (await call(world, "GET /connections", { token })).body.connections;

const eventsOf = async ({ db, tables }: World, type: string) =>
  (await db.select().from(tables.securityEvents)).filter(({ eventType }) => eventType === type);

test("whom email could not link is linked after signing in, and then signs in by it (R-57)", async () => {
  await using opened = await openWorldWithProviders();
  const { world, acme } = opened;
  const { accessToken: token, user } = await signUp(world);
  const linked = await link(world, token, await travel(world, acme, "ada-1"));
  expect(linked.status).toBe(201);
  const [connection] = await list(world, token);
  expect(connection).toEqual({
    id: linked.body.id,
    provider: "acme",
    emailHint: "a***@acme.example",
    linkedAt: expect.any(String),
    lastUsedAt: expect.any(String),
  });
  const body = await travel(world, acme, "ada-1");
  const answer = await call(world, "POST /oauth/exchange", { body });
  expect(answer).toMatchObject({ status: 200, body: { user: { id: user.id } } });
  const [event] = await eventsOf(world, "oauth_linked");
  expect(event).toMatchObject({
    userId: sameId(user.id),
    metadata: { provider: "acme", by: "session" },
  });
  const mails = await world.db.select().from(world.tables.emailDeliveryLog);
  expect(mails.map(({ template }) => template)).toContain("connection_linked");
});

test("an ID token links too, and of ten who link one identity to ten accounts one has it", async () => {
  await using opened = await openWorldWithProviders();
  const { world, credential } = opened;
  const tokens = [];
  for (let turn = 0; turn < 10; turn += 1) {
    tokens.push((await signUp(world, `user${turn}@example.com`)).accessToken);
  }
  const answers = await Promise.all(
    tokens.map(async (token) =>
      link(world, token, { provider: "google", credential: await credential() }),
    ),
  );
  const byStatus = Object.groupBy(answers, ({ status }) => status);
  expect(byStatus[201]).toHaveLength(1);
  expect(byStatus[409]?.map(({ body }) => body.code)).toEqual(Array(9).fill("connection_taken"));
});

test("linking and unlinking need a sign-in of the last five minutes (R-07, A-33)", async () => {
  await using opened = await openWorldWithProviders();
  const { world, credential } = opened;
  const { accessToken: token } = await signUp(world);
  const body = { provider: "google", credential: await credential() };
  const { body: linked } = await link(world, token, body);
  const path = `DELETE /connections/${linked.id}`;
  const late = { ...world, now: () => new Date(Date.now() + 301_000) };
  const app = await buildServer(late);
  const again = { provider: "google", credential: await credential({ sub: "other" }) };
  for (const [line, sent] of [
    ["POST /connections", again],
    [path, undefined],
  ] as const) {
    const answer = await call({ app }, line, { token, body: sent });
    expect(answer).toMatchObject({ status: 403, body: { code: "step_up_required" } });
  }
  await app.close();
  for (const line of ["POST /connections", "GET /connections", path]) {
    expect((await call(world, line, line.startsWith("POST") ? { body } : {})).status).toBe(401);
  }
});

test("a form of another site links nothing: there is no cookie that could (A-33)", async () => {
  await using opened = await openWorldWithProviders();
  const { world } = opened;
  const headers = { "content-type": "text/plain", cookie: "__Host-postern_refresh=prt_x" };
  const answer = await call(world, "POST /connections", { body: "{}", headers });
  expect(answer.status).toBe(415);
  const json = { cookie: "__Host-postern_refresh=prt_x" };
  const body = { provider: "google", credential: "e30.e30.e30" };
  expect((await call(world, "POST /connections", { body, headers: json })).status).toBe(401);
});

test("a connection is unlinked by its owner alone, who is told", async () => {
  await using opened = await openWorldWithProviders();
  const { world, credential } = opened;
  const { accessToken: token, user } = await signUp(world);
  const eve = await signUp(world, "eve@example.com");
  const body = { provider: "google", credential: await credential() };
  const { body: linked } = await link(world, token, body);
  const path = `DELETE /connections/${linked.id}`;
  expect((await call(world, path, { token: eve.accessToken })).status).toBe(404);
  expect((await call(world, path, { token })).status).toBe(204);
  expect((await call(world, path, { token })).status).toBe(404);
  expect(await list(world, token)).toEqual([]);
  expect(await eventsOf(world, "oauth_unlinked")).toMatchObject([{ userId: sameId(user.id) }]);
  const mails = await world.db.select().from(world.tables.emailDeliveryLog);
  expect(mails.map(({ template }) => template)).toContain("connection_unlinked");
});

test("the last way in stays: of two connections unlinked at once, without a password, one does", async () => {
  await using opened = await openWorldWithProviders();
  const { world, acme, credential } = opened;
  const body = { credential: await credential() };
  const { body: session } = await call(world, "POST /google", { body });
  const token = session.accessToken;
  const [only] = await list(world, token);
  const refused = await call(world, `DELETE /connections/${only.id}`, { token });
  expect(refused).toMatchObject({ status: 409, body: { code: "last_sign_in_method" } });

  await link(world, token, await travel(world, acme, "ada-1"));
  const both: { id: string }[] = await list(world, token);
  const answers = await Promise.all(
    both.map(({ id }) => call(world, `DELETE /connections/${id}`, { token })),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
  expect(await list(world, token)).toHaveLength(1);
});

test("while the account is locked, no session links a provider (R-15)", async () => {
  await using opened = await openWorldWithProviders();
  const { world, credential } = opened;
  const { accessToken: token, user } = await signUp(world);
  await world.db.delete(world.tables.userDevices);
  await world.db
    .update(world.tables.users)
    .set({ emailVerifiedAt: new Date() })
    .where(eq(world.tables.users.id, user.id));
  for (let turn = 0; turn < 5; turn += 1) {
    const body = { email: "ada@example.com", password: `${password} not` };
    await call(world, "POST /login", { body });
  }
  const body = { provider: "google", credential: await credential() };
  const answer = await link(world, token, body);
  expect(answer).toMatchObject({ status: 429, body: { code: "account_locked" } });
  expect(await list(world, token)).toEqual([]);
});
