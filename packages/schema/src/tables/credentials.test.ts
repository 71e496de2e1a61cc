import { expect, test } from "vitest";
import {
  accountRecovery,
  apiKeys,
  oauthConnections,
  passwordHistory,
  signingKeys,
  twoFactorAuth,
  userDevices,
} from "../index.ts";
import {
  anHourOn,
  clearAsSealed,
  openTables,
  someDigest,
  someSealed,
} from "../testing/open-tables.ts";
import { refusalOf } from "../testing/refusal-of.ts";

const clear = "in clear";

test("whatever lets somebody in is refused in clear", async () => {
  await using world = await openTables();
  const { db, userId } = world;
  const link = { userId, method: "email_link" as const, expiresAt: anHourOn() };
  const key = { userId, name: "ci", prefix: "pak_", scopes: [], expiresAt: anHourOn() };
  const identity = { userId, provider: "google", issuer: "https://a", providerAccountId: "1" };
  const totp = { userId, method: "totp" as const };
  const pair = { kid: someDigest(), state: "next" as const, publicJwk: { kty: "EC" } };
  const refusals = [
    db.insert(accountRecovery).values({ ...link, tokenHash: clear }),
    db.insert(apiKeys).values({ ...key, keyHash: clear }),
    db.insert(userDevices).values({ userId, tokenHash: clear }),
    db.insert(passwordHistory).values({ userId, passwordHash: clear }),
    db.insert(oauthConnections).values({ ...identity, encryptedAccessToken: clearAsSealed }),
    db.insert(oauthConnections).values({ ...identity, encryptedRefreshToken: clearAsSealed }),
    db.insert(twoFactorAuth).values({ ...totp, encryptedSecret: clearAsSealed }),
    db.insert(signingKeys).values({ ...pair, sealedPrivateJwk: clearAsSealed }),
    db
      .insert(signingKeys)
      .values({ ...pair, sealedPrivateJwk: someSealed, publicJwk: { kty: "EC", d: clear } }),
  ];
  expect(await Promise.all(refusals.map(refusalOf))).toEqual([
    "account_recovery_token_is_digested",
    "api_keys_key_is_digested",
    "user_devices_token_is_digested",
    "password_history_password_is_hashed",
    "oauth_connections_access_token_is_sealed",
    "oauth_connections_refresh_token_is_sealed",
    "two_factor_auth_secret_is_sealed",
    "signing_keys_private_is_sealed",
    "signing_keys_public_has_no_private",
  ]);
});

test("an identity at a provider belongs to one account", async () => {
  await using world = await openTables();
  const { db, userId } = world;
  const identity = { userId, provider: "google", issuer: "https://a", providerAccountId: "1" };
  await db.insert(oauthConnections).values(identity);
  await db.insert(oauthConnections).values({ ...identity, issuer: "https://b" });
  expect(await refusalOf(db.insert(oauthConnections).values(identity))).toBe(
    "oauth_connections_identity_key",
  );
});

test("TOTP has a secret, other methods have none, and each method is there once", async () => {
  await using world = await openTables();
  const { db, userId } = world;
  const insert = (values: Omit<typeof twoFactorAuth.$inferInsert, "userId">) =>
    db.insert(twoFactorAuth).values({ userId, ...values });
  expect(await refusalOf(insert({ method: "totp" }))).toBe("two_factor_auth_totp_has_secret");
  expect(await refusalOf(insert({ method: "sms", encryptedSecret: someSealed }))).toBe(
    "two_factor_auth_totp_has_secret",
  );
  await insert({ method: "totp", encryptedSecret: someSealed });
  expect(await refusalOf(insert({ method: "totp", encryptedSecret: someSealed }))).toBe(
    "two_factor_auth_user_method_key",
  );
});

test("a way back is never both used and revoked", async () => {
  await using world = await openTables();
  const now = new Date();
  const link = {
    userId: world.userId,
    method: "email_link" as const,
    tokenHash: someDigest(),
    expiresAt: anHourOn(),
  };
  const both = world.db.insert(accountRecovery).values({ ...link, usedAt: now, revokedAt: now });
  expect(await refusalOf(both)).toBe("account_recovery_ends_once");
});

test("there is one signing key of each state, and a retired one keeps no private half", async () => {
  await using world = await openTables();
  const pair = () => ({ kid: someDigest(), publicJwk: {}, sealedPrivateJwk: someSealed });
  const insert = (values: typeof signingKeys.$inferInsert) =>
    world.db.insert(signingKeys).values(values);
  await insert({ ...pair(), state: "current" });
  expect(await refusalOf(insert({ ...pair(), state: "current" }))).toBe(
    "signing_keys_one_per_state_key",
  );
  expect(await refusalOf(insert({ ...pair(), state: "retired" }))).toBe(
    "signing_keys_retired_keeps_no_private",
  );
  await insert({ ...pair(), state: "retired", sealedPrivateJwk: null });
  await insert({ ...pair(), state: "retired", sealedPrivateJwk: null });
});
