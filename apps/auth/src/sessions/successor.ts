import { hkdfSync } from "node:crypto";
import { createKeyRing, type KeyRing, open, type SealedPlace, seal } from "@postern/crypto";
import type { Sealed } from "@postern/schema/sealed";

const KEY_ID = 1;
const KEY_BYTES = 32;

/** The digest stands for the row: it is known before the row is read, and unique. */
const placeOf = (tokenHash: string): SealedPlace<"refresh_tokens", "sealed_successor"> => ({
  table: "refresh_tokens",
  column: "sealed_successor",
  rowId: tokenHash,
});

/** Only who holds the old token can open its successor: the database alone yields neither. */
const ringOf = (token: string): KeyRing => {
  const key = hkdfSync("sha256", token, "", "postern/successor/v1", KEY_BYTES);
  return createKeyRing({ active: { id: KEY_ID, hex: Buffer.from(key).toString("hex") } });
};

export type PresentedToken = { token: string; tokenHash: string };

export type SealedSuccessor = Sealed<"refresh_tokens", "sealed_successor">;

export const sealSuccessor = (presented: PresentedToken, successor: string): SealedSuccessor =>
  seal(ringOf(presented.token), successor, placeOf(presented.tokenHash));

export const openSuccessor = (presented: PresentedToken, sealed: SealedSuccessor): string =>
  open(ringOf(presented.token), sealed, placeOf(presented.tokenHash));
