import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expireToken, type Forgery, forgeToken } from "@postern/auth/testing/forge-token";
import { listenWorld } from "@postern/auth/testing/listen-world";
import { sql } from "drizzle-orm";
import { base64url, exportJWK, exportSPKI, generateKeyPair, importJWK, SignJWT } from "jose";
import { afterAll, expect, test } from "vitest";
import { ada, watchClient } from "../testing/watched-client.ts";
import { createSessionCheck, verifyAccessToken } from "./index.ts";

const world = await listenWorld();
afterAll(() => world[Symbol.asyncDispose]());

const issuer = world.url;
const options = { issuer, audience: world.url };
const verify = (token: string) => verifyAccessToken(token, options);
const justNow = Math.floor(Date.now() / 1000);
const past = Math.floor(Date.now() / 1000) - 3_600;

async function signUp(email: string) {
  const { client } = watchClient(world);
  const answer = await client.signUp({ ...ada, email });
  if (!("accessToken" in answer)) {
    throw new Error("This world signs up with a code.");
  }
  return { ...answer, client };
}

test("the token of a sign-in tells who calls, and how they signed in", async () => {
  const { accessToken, user } = await signUp("ada@example.com");
  const claims = await verify(accessToken);
  expect(claims).toMatchObject({ sub: user.id, amr: ["pwd"], acr: "aal1" });
  expect(claims.exp - claims.iat).toBe(900);
  expect(claims.sid).toMatch(/^[0-9a-f-]{36}$/);
});

test("an honest token passes, so that what follows is refused for its forgery", async () => {
  await expect(forgeToken(world).then(verify)).resolves.toHaveProperty("sub");
});

test("a token that ended 20 s ago passes: clocks may differ by 30 s (R-41)", async () => {
  const now = Math.floor(Date.now() / 1000);
  const token = await forgeToken(world, { payload: { iat: now - 920, exp: now - 20 } });
  await expect(verify(token)).resolves.toHaveProperty("sub");
});

test.for<[string, Forgery]>([
  ["another type", { header: { typ: "JWT" } }],
  ["no type", { header: { typ: undefined } }],
  ["a key id that is a path", { header: { kid: "../../etc/passwd" } }],
  ["a key id that is SQL", { header: { kid: "' or 1=1 --" } }],
  ["no key id", { header: { kid: undefined } }],
  ["a key id that is a number", { header: { kid: 1 } }],
  ["another issuer", { payload: { iss: "https://evil.example" } }],
  ["the issuer with a slash", { payload: { iss: `${issuer}/` } }],
  ["another audience", { payload: { aud: "https://evil.example" } }],
  ["a list of audiences", { payload: { aud: [issuer, "https://evil.example"] } }],
  ["the audience of a pending sign-in", { payload: { aud: "postern:pending" } }],
  ["an end in the past", { payload: { iat: past, exp: past + 900 } }],
  ["an end a minute ago", { payload: { iat: justNow - 960, exp: justNow - 60 } }],
  ["no end", { payload: { exp: undefined } }],
  ["an end that is text", { payload: { exp: "9999999999" } }],
  ["a start to come", { payload: { nbf: past + 90_000 } }],
  ["an issue to come", { payload: { iat: past + 3_640, exp: past + 9_000 } }],
  ["an issue in an hour, with a start long since", { payload: { iat: past + 7_200, nbf: past } }],
  ["no session", { payload: { sid: undefined } }],
  ["no token id", { payload: { jti: undefined } }],
  ["no user", { payload: { sub: undefined } }],
  ["a key of its own in the header", { header: { jwk: { kty: "EC" } } }],
  ["an address of keys", { header: { jku: "https://evil.example/jwks" } }],
  ["an address of certificates", { header: { x5u: "https://evil.example/x5u" } }],
  ["a critical header that nobody knows", { header: { crit: ["x"], x: 1 } }],
])("a token with %s is refused (A-19, R-41)", async ([, forgery]) => {
  const token = await forgeToken(world, forgery).catch(() => "not.signable.atall");
  await expect(verify(token)).rejects.toMatchObject({ code: "invalid_token", status: 401 });
});

test("tokens of other algorithms and keys are refused, each within 50 ms (A-19)", async () => {
  const honest = await forgeToken(world);
  const [head = "", body = "", signature = ""] = honest.split(".");
  const kid = world.signingKeys.current().kid;
  const publicKey = world.signingKeys.verifying(kid)!;
  const pem = new TextEncoder().encode(await exportSPKI(publicKey));
  const claims = JSON.parse(new TextDecoder().decode(base64url.decode(body)));
  const sign = (alg: string) => new SignJWT(claims).setProtectedHeader({ alg, typ: "at+jwt", kid });
  const stranger = await generateKeyPair("ES256");
  const edwards = generateKeyPairSync("ed25519").privateKey;
  const unsigned = base64url.encode(JSON.stringify({ alg: "none", typ: "at+jwt", kid }));
  const jwk = await exportJWK(publicKey);
  const symmetric = await importJWK({ kty: "oct", k: jwk.x! }, "HS256");
  const forgeries = [
    `${unsigned}.${body}.`,
    `${unsigned}.${body}.${signature}`,
    await sign("HS256").sign(pem),
    await sign("HS256").sign(symmetric),
    await sign("EdDSA").sign(edwards),
    await sign("ES256").sign(stranger.privateKey),
    `${head}.${base64url.encode(JSON.stringify({ ...claims, sub: "root" }))}.${signature}`,
    `${head}.${body}.${signature.slice(0, -2)}`,
    `${head}.${body}.${base64url.encode(new Uint8Array(64))}`,
    `${honest} `,
    `${honest}.${signature}`,
    `a.${"x".repeat(1_000_000)}.b`,
    "",
  ];
  for (const token of forgeries) {
    const startedAt = performance.now();
    await expect(verify(token), token.slice(0, 80)).rejects.toMatchObject({
      code: "invalid_token",
    });
    expect(performance.now() - startedAt, token.slice(0, 80)).toBeLessThan(50);
  }
});

test("a refresh token is no access token, and an expired one is none any more", async () => {
  const { accessToken, refreshToken } = await signUp("bob@example.com");
  await expect(verify(refreshToken!)).rejects.toMatchObject({ code: "invalid_token" });
  const expired = await expireToken(world, accessToken);
  await expect(verify(expired)).rejects.toMatchObject({ code: "invalid_token" });
});

test("a token for one server is refused by another", async () => {
  const token = await forgeToken(world);
  const other = { issuer, audience: "https://other.example.com" };
  await expect(verifyAccessToken(token, other)).rejects.toMatchObject({ code: "invalid_token" });
});

test("an ended session is noticed where the service is asked, and the answer is kept for a while", async () => {
  const { accessToken, client } = await signUp("eve@example.com");
  const isRevoked = createSessionCheck({ issuer, believeSeconds: 60 });
  const unsure = { ...options, isRevoked: createSessionCheck({ issuer, believeSeconds: 0 }) };
  await verifyAccessToken(accessToken, { ...options, isRevoked });
  await verifyAccessToken(accessToken, unsure);
  await client.signOut();
  await verifyAccessToken(accessToken, { ...options, isRevoked });
  const ended = { code: "session_ended", status: 401 };
  await expect(verifyAccessToken(accessToken, unsure)).rejects.toMatchObject(ended);
  await expect(
    verifyAccessToken(accessToken, { ...options, isRevoked: () => true }),
  ).rejects.toMatchObject(ended);
});

test("keys that turn are followed: what the next key signs passes, and the old key's tokens still do (R-43)", async () => {
  await using turning = await listenWorld();
  const at = { issuer: turning.url, audience: turning.url };
  const before = await forgeToken(turning);
  await verifyAccessToken(before, at);

  const { signingKeys } = turning.tables;
  await turning.db.execute(sql`update ${signingKeys}
    set created_at = created_at - interval '31 days', activated_at = activated_at - interval '31 days'`);
  await using second = await listenWorld({ databaseUrl: turning.databaseUrl });
  const issuedBySecond = {
    signingKeys: second.signingKeys,
    config: { ...second.config, issuer: turning.url, tokenAudience: turning.url },
  };
  const after = await forgeToken(issuedBySecond);
  expect(second.signingKeys.current().kid).not.toBe(turning.signingKeys.jwks().keys[0]?.kid);
  await verifyAccessToken(after, at);
  await verifyAccessToken(before, at);
});

test("keys that cannot be had are the service's fault, not the caller's", async () => {
  const token = await forgeToken(world);
  const nobody = { ...options, jwksUrl: "http://127.0.0.1:1/.well-known/jwks.json" };
  await expect(verifyAccessToken(token, nobody)).rejects.toMatchObject({
    code: "service_unavailable",
    status: 503,
  });
  const server = createServer((_request, response) => void response.writeHead(500).end());
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const broken = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await expect(verifyAccessToken(token, { ...options, jwksUrl: broken })).rejects.toMatchObject({
    status: 503,
  });
  const isRevoked = createSessionCheck({ issuer: broken });
  await expect(verifyAccessToken(token, { ...options, isRevoked })).rejects.toMatchObject({
    status: 503,
  });
  server.close();
});

test("a stranger's key ids do not make this server ask for keys again and again", async () => {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response
      .setHeader("content-type", "application/json")
      .end(JSON.stringify(world.signingKeys.jwks()));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  for (let index = 0; index < 50; index += 1) {
    const token = await forgeToken(world, { header: { kid: `stranger ${index}` } });
    await expect(verifyAccessToken(token, { ...options, jwksUrl })).rejects.toMatchObject({
      code: "invalid_token",
    });
  }
  expect(asked).toBe(1);
  server.close();
});
