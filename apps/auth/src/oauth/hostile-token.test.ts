import { expect, test } from "vitest";
import { call } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";
import { type FakeProvider, startFakeProvider } from "./testing/fake-provider.ts";

async function openWorldWithGoogle() {
  const stack = new AsyncDisposableStack();
  const google = stack.use(await startFakeProvider());
  const world = stack.use(await openWorld({ environment: environmentOf(google) }));
  return { world, google, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const environmentOf = ({ issuer, clientId }: FakeProvider) => ({
  GOOGLE_ISSUER: issuer,
  GOOGLE_CLIENT_ID: clientId,
});

const present = (world: World, credential: string, more: object = {}) =>
  call(world, "POST /google", { body: { credential, ...more } });

const usersOf = ({ db, tables }: World) => db.select().from(tables.users);

const now = () => Math.floor(Date.now() / 1000);

test("a right ID token signs in once: replayed 20 times at once, one gets a session (R-55)", async () => {
  await using opened = await openWorldWithGoogle();
  const { world, google } = opened;
  const credential = await google.sign();
  const answers = await Promise.all(Array.from({ length: 20 }, () => present(world, credential)));
  const byStatus = Object.groupBy(answers, ({ status }) => status);
  expect(Object.keys(byStatus)).toEqual(["200", "401"]);
  expect(byStatus[200]).toHaveLength(1);
  expect(byStatus[401]?.map(({ body }) => body.code)).toEqual(Array(19).fill("oauth_failed"));
  expect(await usersOf(world)).toHaveLength(1);
});

test("a second signature over the same token is no second token (R-55)", async () => {
  await using opened = await openWorldWithGoogle();
  const { world, google } = opened;
  const [header, payload, signature = ""] = (await google.sign()).split(".");
  const twin = mirror(Buffer.from(signature, "base64url")).toString("base64url");
  expect((await present(world, `${header}.${payload}.${signature}`)).status).toBe(200);
  const replayed = await present(world, `${header}.${payload}.${twin}`);
  expect(replayed).toMatchObject({ status: 401, body: { code: "oauth_failed" } });
});

/** Whoever sees an ECDSA signature (r, s) knows another one: (r, n - s). */
function mirror(signature: Buffer): Buffer {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const s = order - BigInt(`0x${signature.subarray(32).toString("hex")}`);
  return Buffer.concat([
    signature.subarray(0, 32),
    Buffer.from(s.toString(16).padStart(64, "0"), "hex"),
  ]);
}

const forgeries: Record<string, (google: FakeProvider) => Promise<string> | string> = {
  "from an issuer of somebody's own": async (google) => {
    await using eve = await startFakeProvider();
    return eve.sign({ claims: { aud: google.clientId } });
  },
  "from an issuer of somebody's own that says it is ours": async (google) => {
    await using eve = await startFakeProvider();
    return eve.sign({ claims: { iss: google.issuer } });
  },
  "whose iss ends with a slash": (google) => google.sign({ claims: { iss: `${google.issuer}/` } }),
  "without iss": (google) => google.sign({ claims: { iss: undefined } }),
  "for another client": (google) => google.sign({ claims: { aud: "another" } }),
  "whose aud lists ours and another": (google) =>
    google.sign({ claims: { aud: [google.clientId, "another"] } }),
  "whose aud lists ours alone": (google) => google.sign({ claims: { aud: [google.clientId] } }),
  "with alg none": (google) => google.signBy("none"),
  "with HS256 under the public key": (google) =>
    google.signBy("HS256", google.publicKey.export({ type: "spki", format: "pem" }) as string),
  "that has expired": (google) => google.sign({ claims: { iat: now() - 500, exp: now() - 60 } }),
  "without exp": (google) => google.sign({ claims: { exp: undefined } }),
  "that is older than ten minutes": (google) =>
    google.sign({ claims: { iat: now() - 700, exp: now() + 3_000 } }),
  "from the future": (google) => google.sign({ claims: { iat: now() + 300 } }),
  "with a nonce that nobody asked with": (google) => google.sign({ claims: { nonce: "other" } }),
  "without a subject": (google) => google.sign({ claims: { sub: undefined } }),
  "with a subject that no database stores": (google) =>
    google.sign({ claims: { sub: "a\u0000b" } }),
  "that is an access token": (google) => google.sign({ header: { typ: "at+jwt" } }),
  "under a key that it brings along": (google) =>
    google.sign({ header: { kid: "two", jku: "http://127.0.0.1:9/jwks" } }),
  "that nobody wrote": () => "e30.e30.e30",
};

test.for(Object.keys(forgeries))("an ID token %s opens nothing (R-56, A-03)", async (name) => {
  await using opened = await openWorldWithGoogle();
  const { world, google } = opened;
  const answer = await present(world, (await forgeries[name]?.(google)) ?? "");
  expect(answer).toMatchObject({ status: 401, body: { code: "oauth_failed" } });
  expect(answer.headers["www-authenticate"]).toContain("Bearer");
  expect(await usersOf(world)).toEqual([]);
  await world.refusals.stop();
  const [event] = await world.db.select().from(world.tables.securityEvents);
  expect(event).toMatchObject({ eventType: "oauth_failed", metadata: { provider: "google" } });
});

test("a token is good with the nonce that it was asked with, and with no other", async () => {
  await using opened = await openWorldWithGoogle();
  const { world, google } = opened;
  const credential = await google.sign({ claims: { nonce: "right" } });
  expect((await present(world, credential, { nonce: "wrong" })).status).toBe(401);
  expect((await present(world, credential, { nonce: "right" })).status).toBe(200);
  const bare = await google.sign({ claims: { iat: now() - 1 } });
  expect((await present(world, bare, { nonce: "right" })).status).toBe(401);
});

test.for([
  ["false", { email_verified: false }],
  ['the text "true"', { email_verified: "true" }],
  ["the number 1", { email_verified: 1 }],
  ["missing", { email_verified: undefined }],
  ["right, for an email that is missing", { email: undefined }],
  ["right, for an email that reads as two", { email: "a@victim.com, ada@example.com" }],
] as const)(
  "email_verified that is %s links nothing, whoever has the email (A-02)",
  async ([, claims]) => {
    await using opened = await openWorldWithGoogle();
    const { world, google } = opened;
    const before = await present(world, await google.sign({ claims }));
    expect(before).toMatchObject({ status: 409, body: { code: "link_required" } });
    expect(await usersOf(world)).toEqual([]);
    await world.db
      .insert(world.tables.users)
      .values({ email: "ada@example.com", emailVerifiedAt: new Date() });
    const after = await present(world, await google.sign({ claims: { ...claims, jti: "2" } }));
    expect({ ...after.body, instance: "" }).toEqual({ ...before.body, instance: "" });
    expect(Object.keys(after.headers)).toEqual(Object.keys(before.headers));
    expect(await world.db.select().from(world.tables.oauthConnections)).toEqual([]);
  },
);

test("without Google there is no such call", async () => {
  await using world = await openWorld();
  const answer = await present(world, "e30.e30.e30");
  expect(answer).toMatchObject({ status: 404, body: { code: "not_found" } });
});
