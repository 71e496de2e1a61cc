import { generateKeyPairSync } from "node:crypto";
import type { AddressInfo } from "node:net";
import {
  base64url,
  createRemoteJWKSet,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  importJWK,
  type JWTHeaderParameters,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from "jose";
import { expect, test } from "vitest";
import { call, signUp } from "../testing/client.ts";
import { type Forgery, forgeToken } from "../testing/forge-token.ts";
import { openWorld, type World } from "../testing/world.ts";

const read = (world: World, token: string) => call(world, "GET /session", { token });

test("the token of a sign-in verifies with the published keys and holds no personal data", async () => {
  await using world = await openWorld();
  await world.app.listen({ host: "127.0.0.1", port: 0 });
  const address = world.app.server.address() as AddressInfo;
  const { accessToken, user } = await signUp(world);
  const keys = createRemoteJWKSet(
    new URL(`http://127.0.0.1:${address.port}/.well-known/jwks.json`),
  );
  const { payload, protectedHeader } = await jwtVerify(accessToken, keys, {
    algorithms: ["ES256"],
    typ: "at+jwt",
    issuer: world.config.issuer,
    audience: world.config.tokenAudience,
  });
  expect(payload).toMatchObject({ sub: user.id, acr: "aal1", amr: ["pwd"] });
  expect(Number(payload.exp) - Number(payload.iat)).toBe(900);
  expect(JSON.stringify({ payload, protectedHeader })).not.toMatch(/ada|example\.com|Ada/);
});

test("JWKS serves the current and the next key, public halves alone (R-43)", async () => {
  await using world = await openWorld();
  const answer = await world.app.inject("/.well-known/jwks.json");
  const { keys } = answer.json();
  expect(keys).toHaveLength(2);
  for (const key of keys) {
    expect(key).toMatchObject({ kty: "EC", crv: "P-256", alg: "ES256", use: "sig" });
    expect(key).not.toHaveProperty("d");
    expect(key.kid).toMatch(/^[\w-]{43}$/);
  }
  expect(answer.headers["cache-control"]).toBe("public, max-age=600");
});

test("ten processes that start at once agree on one current and one next key", async () => {
  await using world = await openWorld();
  const { signingKeys } = world.tables;
  await world.owner.delete(signingKeys);
  const { watchSigningKeys } = await import("../signing-keys/watch-signing-keys.ts");
  const watched = await Promise.all(
    Array.from({ length: 10 }, () =>
      watchSigningKeys({ ...world, rotation: { days: 30, accessTokenSeconds: 900 } }),
    ),
  );
  expect(new Set(watched.map((keys) => keys.current().kid)).size).toBe(1);
  expect(await world.db.select().from(signingKeys)).toHaveLength(2);
  for (const keys of watched) {
    keys.stop();
  }
});

test("an honest token passes, so that what follows is refused for its forgery", async () => {
  await using world = await openWorld();
  expect((await read(world, await forgeToken(world))).status).toBe(200);
});

const past = Math.floor(Date.now() / 1000) - 3_600;

test.for<[string, Forgery]>([
  ["another type", { header: { typ: "JWT" } }],
  ["no type", { header: { typ: undefined } }],
  ["a key id that is a path", { header: { kid: "../../etc/passwd" } }],
  ["a key id that is SQL", { header: { kid: "' or 1=1 --" } }],
  ["another issuer", { payload: { iss: "https://evil.example" } }],
  ["the issuer with a slash", { payload: { iss: "http://127.0.0.1:3001/" } }],
  ["another audience", { payload: { aud: "https://evil.example" } }],
  ["an end in the past", { payload: { iat: past, exp: past + 900 } }],
  ["no end", { payload: { exp: undefined } }],
  ["an end that is text", { payload: { exp: "9999999999" } }],
  ["a start to come", { payload: { nbf: past + 90_000 } }],
  ["no session", { payload: { sid: undefined } }],
  ["no token id", { payload: { jti: undefined } }],
  ["a key of its own in the header", { header: { jwk: { kty: "EC" } } }],
  ["an address of keys", { header: { jku: "https://evil.example/jwks" } }],
  ["a critical header that nobody knows", { header: { crit: ["x"], x: 1 } }],
])("a token with %s is refused (A-19, R-41)", async ([, forgery]) => {
  await using world = await openWorld();
  const token = await forgeToken(world, forgery).catch(() => "not.signable.atall");
  const answer = await read(world, token);
  expect(answer).toMatchObject({ status: 401, body: { code: "invalid_token" } });
  expect(answer.headers["www-authenticate"]).toContain("invalid_token");
});

test("alg none, HS256 with the public key, another key's signature and EdDSA are refused (A-19)", async () => {
  await using world = await openWorld();
  const honest = await forgeToken(world);
  const [, payload = "", signature = ""] = honest.split(".");
  const { kid } = world.signingKeys.current();
  const header = (fields: object) =>
    base64url.encode(JSON.stringify({ typ: "at+jwt", kid, ...fields }));
  const [jwk = {}] = world.signingKeys.jwks().keys.filter((key) => key.kid === kid);
  const publicKey = (await importJWK(jwk, "ES256", { extractable: true })) as CryptoKey;
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as JWTPayload;
  const other = await generateKeyPair("ES256", { extractable: true });
  const ed = generateKeyPairSync("ed25519");
  const sign = (key: Parameters<SignJWT["sign"]>[0], fields: JWTHeaderParameters) =>
    new SignJWT(claims).setProtectedHeader({ typ: "at+jwt", kid, ...fields }).sign(key);

  const forgeries = [
    `${header({ alg: "none" })}.${payload}.`,
    `${header({ alg: "none" })}.${payload}.${signature}`,
    await sign(new TextEncoder().encode(await exportSPKI(publicKey)), { alg: "HS256" }),
    await sign(other.privateKey, { alg: "ES256" }),
    await sign(other.privateKey, { alg: "ES256", jwk: await exportJWK(other.publicKey) }),
    await sign(other.privateKey, { alg: "ES256", jku: "https://evil.example/jwks" }),
    await sign(ed.privateKey, { alg: "EdDSA" }),
    `${honest} `,
    `${honest}=`,
    honest.slice(0, -1),
    `${header({ alg: "PBES2-HS512+A256KW", p2c: 2_147_483_647 })}.${payload}.${signature}`,
    "x".repeat(8_000),
  ];
  expect((await read(world, honest)).status).toBe(200);
  for (const token of forgeries) {
    expect(await read(world, token)).toMatchObject({
      status: 401,
      body: { code: "invalid_token" },
    });
  }
});

test("a token seen before is still refused after its end and after its key is gone", async () => {
  await using world = await openWorld();
  const now = Math.floor(Date.now() / 1000);
  const token = await forgeToken(world, { payload: { iat: now - 870, exp: now + 30 } });
  expect((await read(world, token)).status).toBe(200);
  const later = { ...world, now: () => new Date((now + 31) * 1000) };
  const { authenticate } = await import("./authenticate.ts");
  await expect(authenticate(later, `Bearer ${token}`)).rejects.toMatchObject({
    code: "invalid_token",
  });

  const lasting = await forgeToken(world);
  expect((await read(world, lasting)).status).toBe(200);
  const turned = { ...world, signingKeys: { ...world.signingKeys, verifying: () => undefined } };
  await expect(authenticate(turned, `Bearer ${lasting}`)).rejects.toMatchObject({
    code: "invalid_token",
  });
});

test("a process that cannot know who was signed out lets nobody in (D8)", async () => {
  await using world = await openWorld();
  const { accessToken } = await signUp(world);
  const blind = { ...world, revocations: { ...world.revocations, isStale: () => true } };
  const { authenticate } = await import("./authenticate.ts");
  await expect(authenticate(blind, `Bearer ${accessToken}`)).rejects.toMatchObject({
    code: "service_unavailable",
  });
});
