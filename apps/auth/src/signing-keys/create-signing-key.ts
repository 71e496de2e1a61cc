import { randomUUIDv7 } from "node:crypto";
import { type KeyRing, seal } from "@postern/crypto";
import type { Database } from "@postern/process";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from "jose";
import type { Tables } from "../tables.ts";
import { placeOfPrivateJwk } from "./load-signing-keys.ts";
import { SIGNING_ALGORITHM } from "./signing-keys.ts";

/**
 * Makes a key pair for a state that has none. Where another process was quicker, the unique index
 * on the state lets its key stand and this one is forgotten.
 */
export async function createSigningKey(
  { db, tables, keyRing }: { db: Database; tables: Tables; keyRing: KeyRing },
  state: "next" | "current",
): Promise<void> {
  const { publicKey, privateKey } = await generateKeyPair(SIGNING_ALGORITHM, { extractable: true });
  const publicJwk: JWK = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  const id = randomUUIDv7();
  await db
    .insert(tables.signingKeys)
    .values({
      id,
      kid,
      state,
      publicJwk: { ...publicJwk, kid, alg: SIGNING_ALGORITHM, use: "sig" },
      sealedPrivateJwk: seal(
        keyRing,
        JSON.stringify(await exportJWK(privateKey)),
        placeOfPrivateJwk(id),
      ),
      activatedAt: state === "current" ? new Date() : null,
    })
    .onConflictDoNothing();
}
