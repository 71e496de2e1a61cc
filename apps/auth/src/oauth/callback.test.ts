import { expect, test } from "vitest";
import { createHealthDescription } from "../health/describe-health.ts";
import { call } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";
import { arrive, begin, codeIn, depart, exchange, RETURN_TO, type Trip } from "./testing/app.ts";
import { dumpRedis } from "./testing/dump-redis.ts";
import { type FakeProvider, startFakeProvider } from "./testing/fake-provider.ts";
import { startRealProvider } from "./testing/real-provider.ts";

async function openWorldWithFake() {
  const stack = new AsyncDisposableStack();
  const fake = stack.use(await startFakeProvider());
  const environment = {
    OIDC_FAKE_ISSUER: fake.issuer,
    OIDC_FAKE_CLIENT_ID: fake.clientId,
    REDIRECT_URLS: RETURN_TO,
  };
  const world = stack.use(await openWorld({ environment }));
  return { world, fake, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const wanted = ({ address }: Trip, name: string): string =>
  new URL(address).searchParams.get(name) ?? "";

/** What the provider would send the browser back with, for an ID token with these claims. */
async function answerOf(fake: FakeProvider, trip: Trip, claims: object = {}): Promise<string> {
  const idToken = await fake.sign({ claims: { nonce: wanted(trip, "nonce"), ...claims } });
  const code = fake.issueCode(trip.address, idToken);
  return `?${new URLSearchParams({ code, state: wanted(trip, "state") })}`;
}

const usersOf = ({ db, tables }: World) => db.select().from(tables.users);

test("a callback that is replayed 20 times at once leads on once, and never again (R-55)", async () => {
  await using opened = await openWorldWithFake();
  const { world, fake } = opened;
  const trip = await depart(world, "fake");
  const search = await answerOf(fake, trip);
  const back = { search, cookie: trip.cookie };
  const answers = await Promise.all(Array.from({ length: 20 }, () => arrive(world, "fake", back)));
  const byStatus = Object.groupBy(answers, ({ status }) => status);
  expect(byStatus[302]).toHaveLength(1);
  expect(byStatus[400]).toHaveLength(19);
  expect((await arrive(world, "fake", back)).body.code).toBe("oauth_state_invalid");
});

test.for([
  ["without a cookie", ""],
  ["with a cookie of its own", `__Host-postern_oauth=${"A".repeat(43)}`],
  ["with a cookie that is none of ours", "__Host-postern_oauth=%00"],
] as const)(
  "another browser, %s, cannot end a trip, and neither can its own then (R-55)",
  async ([, cookie]) => {
    await using opened = await openWorldWithFake();
    const { world, fake } = opened;
    const trip = await depart(world, "fake");
    const search = await answerOf(fake, trip);
    const foreign = await arrive(world, "fake", { search, cookie });
    expect(foreign).toMatchObject({ status: 400, body: { code: "oauth_state_invalid" } });
    expect((await arrive(world, "fake", { search, cookie: trip.cookie })).status).toBe(400);
    expect(fake.asked).not.toContain("/token");
    await world.refusals.stop();
    const [event] = await world.db.select().from(world.tables.securityEvents);
    expect(event?.metadata).toEqual({ provider: "fake", reason: "state_mismatch", count: 1 });
  },
);

test("a trip to one of two real providers does not end at the other (A-04)", async () => {
  await using acme = await startRealProvider("acme");
  await using evil = await startRealProvider("evil");
  acme.accounts.set("ada-1", { email: "ada@example.com", email_verified: true });
  evil.accounts.set("ada-1", { email: "ada@example.com", email_verified: true });
  const environment = { ...acme.environment, ...evil.environment, REDIRECT_URLS: RETURN_TO };
  await using world = await openWorld({ environment });
  const toAcme = await depart(world, "acme");
  const toEvil = await depart(world, "evil");
  const fromAcme = new URL(await acme.visit(toAcme.address, "ada-1")).searchParams;
  const fromEvil = new URL(await evil.visit(toEvil.address, "ada-1")).searchParams;
  const mixed = new URLSearchParams(fromEvil);
  mixed.set("state", fromAcme.get("state") ?? "");
  const { cookie } = toAcme;
  for (const provider of ["evil", "acme"]) {
    const answer = await arrive(world, provider, { search: `?${mixed}`, cookie });
    expect(answer).toMatchObject({ status: 400, body: { code: "oauth_state_invalid" } });
  }
  const again = await depart(world, "acme");
  const injected = new URLSearchParams(fromEvil);
  injected.set("state", wanted(again, "state"));
  injected.set("iss", evil.issuer);
  const back = { search: `?${injected}`, cookie: again.cookie };
  const answer = await arrive(world, "acme", back);
  expect(answer).toMatchObject({ status: 401, body: { code: "oauth_failed" } });
  expect(await usersOf(world)).toEqual([]);
});

test("a code of somebody else's trip, slipped into this one, is refused: what PKCE is for", async () => {
  await using acme = await startRealProvider("acme");
  acme.accounts.set("eve-1", { email: "eve@example.com", email_verified: true });
  const environment = { ...acme.environment, REDIRECT_URLS: RETURN_TO };
  await using world = await openWorld({ environment });
  const eves = await depart(world, "acme");
  const stolen = new URL(await acme.visit(eves.address, "eve-1")).searchParams;
  const adas = await depart(world, "acme");
  stolen.set("state", wanted(adas, "state"));
  const answer = await arrive(world, "acme", { search: `?${stolen}`, cookie: adas.cookie });
  expect(answer).toMatchObject({ status: 401, body: { code: "oauth_failed" } });
});

test.for([
  ["of another trip", { nonce: "another" }],
  ["that is missing", { nonce: undefined }],
] as const)("an ID token with a nonce %s is refused (R-55)", async ([, claims]) => {
  await using opened = await openWorldWithFake();
  const { world, fake } = opened;
  const trip = await depart(world, "fake");
  const search = await answerOf(fake, trip, claims);
  const answer = await arrive(world, "fake", { search, cookie: trip.cookie });
  expect(answer).toMatchObject({ status: 401, body: { code: "oauth_failed" } });
});

test.for([
  { iss: "https://evil.example" },
  { aud: ["postern-client", "another"] },
  { exp: 1_000_000_000 },
])("an ID token for a code is judged as any other: %j (R-56, A-03)", async (claims) => {
  await using opened = await openWorldWithFake();
  const { world, fake } = opened;
  const trip = await depart(world, "fake");
  const search = await answerOf(fake, trip, claims);
  const answer = await arrive(world, "fake", { search, cookie: trip.cookie });
  expect(answer).toMatchObject({ status: 401, body: { code: "oauth_failed" } });
});

test("a state that was never given, is missing or stands there twice leads nowhere", async () => {
  await using opened = await openWorldWithFake();
  const { world, fake } = opened;
  const trip = await depart(world, "fake");
  const search = await answerOf(fake, trip);
  const { cookie } = trip;
  for (const wrong of [
    "?state=nobody&code=x",
    "?state=%00&code=x",
    `${search}&state=x`,
    "?code=x",
  ]) {
    expect((await arrive(world, "fake", { search: wrong, cookie })).status).toBe(400);
  }
});

test("an app that is at a provider's mercy is told so, on these calls alone", async () => {
  await using opened = await openWorldWithFake();
  const { world, fake } = opened;
  fake.mode = "away";
  const refused = await begin(world, "fake");
  expect(refused).toMatchObject({ status: 503, body: { code: "service_unavailable" } });
  expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
  expect((await world.app.inject("/ready")).statusCode).toBe(200);
  const body = { email: "ada@example.com", password: "a password that is long", name: "Ada" };
  expect((await call(world, "POST /signup", { body })).status).toBe(201);
  fake.mode = "up";
  const trip = await depart(world, "fake");
  const search = await answerOf(fake, trip, { email: "bob@example.com" });
  const back = await arrive(world, "fake", { search, cookie: trip.cookie });
  const proof = { code: codeIn(back), codeVerifier: trip.codeVerifier };
  expect((await exchange(world, proof)).status).toBe(200);
});

test("/health/details names a provider that is away, and the service stays ready", async () => {
  await using opened = await openWorldWithFake();
  const { world, fake } = opened;
  const describe = createHealthDescription(world);
  const up = { status: "up", configured: ["fake"], away: [] };
  expect((await describe()).checks.oauth_providers).toEqual(up);
  fake.mode = "away";
  await begin(world, "fake");
  const { status, checks } = await describe();
  expect(status).toBe("ok");
  expect(checks.oauth_providers).toEqual({ status: "down", configured: ["fake"], away: ["fake"] });
});

test("metadata that names another issuer, by a slash, is none (A-03)", async () => {
  await using opened = await openWorldWithFake();
  const { world, fake } = opened;
  fake.statedIssuer = `${fake.issuer}/`;
  expect((await begin(world, "fake")).status).toBe(503);
});

test("however many begin at once, a provider is asked once for its metadata, and later not at all", async () => {
  await using opened = await openWorldWithFake();
  const { world, fake } = opened;
  expect(fake.asked).toEqual([]);
  await Promise.all(Array.from({ length: 20 }, () => begin(world, "fake")));
  await begin(world, "fake");
  expect(fake.asked).toEqual(["/.well-known/openid-configuration"]);
});

test("Redis and its dumps tell neither who is signing in nor a verifier", async () => {
  await using opened = await openWorldWithFake();
  const { world, fake } = opened;
  const trip = await depart(world, "fake");
  const search = await answerOf(fake, trip);
  const back = await arrive(world, "fake", { search, cookie: trip.cookie });

  const dump = await dumpRedis(world);
  const cookie = trip.cookie.split("=")[1] ?? "";
  expect(dump).toContain("oauth-code");
  for (const secret of [
    "ada@example.com",
    "ada-at-provider",
    wanted(trip, "nonce"),
    codeIn(back),
    cookie,
  ]) {
    expect(dump).not.toContain(secret);
  }
});
