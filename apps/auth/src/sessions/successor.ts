import { hkdfSync } from "node:crypto";
import { createKeyRing, type KeyRing, open, type SealedPlace, seal } from "@postern/crypto";
import type { Sealed } from "@postern/schema/sealed";
import type { Deps } from "../deps.ts";
import { readSealedValue, type Unreadable } from "../sealed-values/read-sealed-value.ts";
import { schemaOf, type UserId } from "../tables.ts";

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

/** The token that a repeated request gets once more. See `readSealedValue` where it does not open. */
export const readSuccessor = (
  deps: Pick<Deps, "db" | "tables">,
  presented: PresentedToken,
  { userId, sealed }: { userId: UserId; sealed: SealedSuccessor },
): Promise<string | null | Unreadable> => {
  const { rowId: _, ...column } = placeOf(presented.tokenHash);
  return readSealedValue(deps, {
    from: { schema: schemaOf(deps.tables), ...column },
    plain: null,
    sealed,
    userId,
    open: (value) => open(ringOf(presented.token), value, placeOf(presented.tokenHash)),
  });
};
