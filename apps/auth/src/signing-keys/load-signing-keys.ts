import { type KeyRing, open, type SealedPlace } from "@postern/crypto";
import type { Database } from "@postern/process";
import { ne } from "drizzle-orm";
import { type CryptoKey, importJWK, type JWK } from "jose";
import type { Tables } from "../tables.ts";
import { SIGNING_ALGORITHM, type SigningKey } from "./signing-keys.ts";

export type LoadedKeys = {
  current: SigningKey | undefined;
  hasNext: boolean;
  verifying: Map<string, CryptoKey>;
  jwks: { keys: JWK[] };
};

/** Where the private half of a signing key is sealed. */
export const placeOfPrivateJwk = (
  rowId: string,
): SealedPlace<"signing_keys", "sealed_private_jwk"> => ({
  table: "signing_keys",
  column: "sealed_private_jwk",
  rowId,
});

/** Reads the keys that are served. Only the current one's private half is opened. */
export async function loadSigningKeys(
  db: Database,
  { signingKeys }: Tables,
  keyRing: KeyRing,
): Promise<LoadedKeys> {
  const rows = await db.select().from(signingKeys).where(ne(signingKeys.state, "retired"));
  const loaded: LoadedKeys = {
    current: undefined,
    hasNext: rows.some(({ state }) => state === "next"),
    verifying: new Map(),
    jwks: { keys: rows.map(({ publicJwk }) => publicJwk as JWK) },
  };
  for (const row of rows) {
    loaded.verifying.set(row.kid, await toCryptoKey(row.publicJwk as JWK));
    if (row.state === "current" && row.sealedPrivateJwk) {
      const jwk = open(keyRing, row.sealedPrivateJwk, placeOfPrivateJwk(row.id));
      loaded.current = { kid: row.kid, privateKey: await toCryptoKey(JSON.parse(jwk) as JWK) };
    }
  }
  return loaded;
}

async function toCryptoKey(jwk: JWK): Promise<CryptoKey> {
  const key = await importJWK(jwk, SIGNING_ALGORITHM);
  if (key instanceof Uint8Array) {
    throw new TypeError("A signing key is a key pair.");
  }
  return key;
}
