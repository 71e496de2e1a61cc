import { expect, test } from "vitest";
import { call } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";
import { arrive, begin, codeIn, depart, exchange, RETURN_TO, travel } from "./testing/app.ts";
import { type RealProvider, startRealProvider } from "./testing/real-provider.ts";

const verified = { email: "ada@example.com", email_verified: true, name: "Ada" };

async function openWorldWithProvider() {
  const stack = new AsyncDisposableStack();
  const acme = stack.use(await startRealProvider("acme"));
  const world = stack.use(
    await openWorld({ environment: { ...acme.environment, REDIRECT_URLS: RETURN_TO } }),
  );
  acme.accounts.set("ada-1", verified);
  return { world, acme, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const signIn = async (world: World, acme: RealProvider, sub = "ada-1") =>
  exchange(world, await travel(world, acme, sub));

const typesOf = async ({ db, tables }: World) =>
  (await db.select().from(tables.securityEvents)).map(({ eventType }) => eventType);

test("a stranger whom a real provider vouches for gets a verified account without a password", async () => {
  await using opened = await openWorldWithProvider();
  const { world, acme } = opened;
  const answer = await signIn(world, acme);
  expect(answer).toMatchObject({ status: 200, body: { user: { email: verified.email } } });
  expect(answer.body.user).toMatchObject({ name: "Ada", emailVerified: true, userType: "client" });
  const session = await call(world, "GET /session", { token: answer.body.accessToken });
  expect(session.body.amr).toEqual(["fed"]);
  const [user] = await world.db.select().from(world.tables.users);
  expect(user).toMatchObject({ passwordHash: null, emailVerifiedAt: expect.any(Date) });
  const [connection] = await world.db.select().from(world.tables.oauthConnections);
  expect(connection).toMatchObject({
    provider: "acme",
    issuer: acme.issuer,
    providerAccountId: "ada-1",
    emailHint: "a***@example.com",
    encryptedAccessToken: null,
    encryptedRefreshToken: null,
  });
  expect(await typesOf(world)).toEqual(
    expect.arrayContaining(["signup_success", "oauth_linked", "oauth_success", "login_success"]),
  );
});

test("the same identity finds its account again, whatever its email is by now (R-56)", async () => {
  await using opened = await openWorldWithProvider();
  const { world, acme } = opened;
  const first = await signIn(world, acme);
  acme.accounts.set("ada-1", { email: "new@example.com", email_verified: false });
  const second = await signIn(world, acme);
  expect(second.body.user.id).toBe(first.body.user.id);
  acme.accounts.set("eve-2", verified);
  const other = await signIn(world, acme, "eve-2");
  expect(other).toMatchObject({ status: 409, body: { code: "link_required" } });
  expect(await world.db.select().from(world.tables.oauthConnections)).toHaveLength(1);
});

test("of ten first sign-ins at once, all get the one account", async () => {
  await using opened = await openWorldWithProvider();
  const { world, acme } = opened;
  const proofs = await Promise.all(Array.from({ length: 10 }, () => travel(world, acme, "ada-1")));
  const answers = await Promise.all(proofs.map((proof) => exchange(world, proof)));
  expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
  expect(new Set(answers.map(({ body }) => body.user.id)).size).toBe(1);
  expect(await world.db.select().from(world.tables.users)).toHaveLength(1);
  expect(await world.db.select().from(world.tables.oauthConnections)).toHaveLength(1);
});

test("PKCE S256, state and nonce go to the provider, and a __Host- cookie to the browser (R-55)", async () => {
  await using opened = await openWorldWithProvider();
  const { headers } = await begin(opened.world, "acme");
  const asked = new URL(String(headers.location)).searchParams;
  expect(asked.get("code_challenge_method")).toBe("S256");
  for (const name of ["code_challenge", "state", "nonce"]) {
    expect(asked.get(name)).toMatch(/^[\w-]{43}$/);
  }
  expect(asked.get("redirect_uri")).toBe("http://127.0.0.1:3001/api/auth/oauth/acme/callback");
  const cookie = String(headers["set-cookie"]);
  expect(cookie).toMatch(/^__Host-postern_oauth=[\w-]{43}; Max-Age=600; Path=\/;/);
  for (const attribute of ["HttpOnly", "Secure", "SameSite=Lax"]) {
    expect(cookie).toContain(attribute);
  }
  const again = await begin(opened.world, "acme");
  expect(new URL(String(again.headers.location)).searchParams.get("state")).not.toBe(
    asked.get("state"),
  );
});

test("the app gets no token in an address, and of 20 who bring its code one gets the session", async () => {
  await using opened = await openWorldWithProvider();
  const { world, acme } = opened;
  const { address, cookie, codeVerifier } = await depart(world, "acme");
  const { search } = new URL(await acme.visit(address, "ada-1"));
  const back = await arrive(world, "acme", { search, cookie });
  expect(back.headers.location).toMatch(/^https:\/\/app\.example\.com\/signed-in\?code=[\w-]{43}$/);
  const proof = { code: codeIn(back), codeVerifier };
  const answers = await Promise.all(Array.from({ length: 20 }, () => exchange(world, proof)));
  const byStatus = Object.groupBy(answers, ({ status }) => status);
  expect(byStatus[200]).toHaveLength(1);
  expect(byStatus[401]?.map(({ body }) => body.code)).toEqual(Array(19).fill("invalid_code"));
});

test("a stolen code is worth nothing without the app's verifier, and is spent by the attempt", async () => {
  await using opened = await openWorldWithProvider();
  const { world, acme } = opened;
  const { code, codeVerifier } = await travel(world, acme, "ada-1");
  const stolen = await exchange(world, { code, codeVerifier: "A".repeat(43) });
  expect(stolen).toMatchObject({ status: 401, body: { code: "invalid_code" } });
  expect((await exchange(world, { code, codeVerifier })).status).toBe(401);
  expect(await world.db.select().from(world.tables.users)).toEqual([]);
});

test("a user who declines comes back with a word for it, and the state is spent", async () => {
  await using opened = await openWorldWithProvider();
  const { world } = opened;
  const { address, cookie } = await depart(world, "acme");
  const state = new URL(address).searchParams.get("state") ?? "";
  const iss = opened.acme.issuer;
  const search = `?${new URLSearchParams({ state, iss, error: "access_denied" })}`;
  const back = await arrive(world, "acme", { search, cookie });
  expect(back.headers.location).toBe(`${RETURN_TO}?error=access_denied`);
  expect((await arrive(world, "acme", { search, cookie })).status).toBe(400);
});

test.for([
  "//evil.example",
  "https:evil.example",
  "/\\evil.example",
  "javascript:alert(1)",
  "https://app.example.com/signed-in.evil.example",
  "https://app.example.com@evil.example/signed-in",
  "https://app.example.com/signed-in?next=https://evil.example",
  "https://APP.example.com/signed-in",
  "http://127.0.0.1:3001.evil.example",
  "@evil.example",
])("nobody is sent to %s (R-60, A-34)", async (returnTo) => {
  await using opened = await openWorldWithProvider();
  const answer = await begin(opened.world, "acme", { returnTo });
  expect(answer).toMatchObject({ status: 400, body: { code: "invalid_request" } });
  expect(answer.headers.location).toBeUndefined();
});

test("in cookie mode the tokens that last come as cookies, to our own pages alone (R-44, A-33)", async () => {
  await using opened = await openWorldWithProvider();
  const { world, acme } = opened;
  const body = { ...(await travel(world, acme, "ada-1")), transport: "cookie" };
  const foreign = { origin: "https://evil.example" };
  const refused = await call(world, "POST /oauth/exchange", { body, headers: foreign });
  expect(refused).toMatchObject({ status: 403, body: { code: "csrf_refused" } });
  const own = { "sec-fetch-site": "same-origin" };
  const answer = await call(world, "POST /oauth/exchange", { body, headers: own });
  expect(answer.status).toBe(200);
  expect(answer.body.refreshToken).toBeUndefined();
  expect(String(answer.headers["set-cookie"])).toContain("__Host-postern_refresh=");
});
