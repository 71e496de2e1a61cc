import { keyFingerprint } from "@postern/crypto";
import type { ServiceKeys } from "@postern/environment";
import { readInventory, type SeenKey } from "../keys/read-inventory.ts";
import { bad, type Check, good } from "./check.ts";

type Held = Pick<SeenKey, "purpose" | "id" | "fingerprint">;

/** Every key of the environment is the one that the database knows under its id. */
export const checkKeys: Check = {
  name: "keys",
  look: async ({ sql, keys }) => {
    const seen = await readInventory(sql);
    const held = heldKeys(keys);
    const strangers = held.filter((key) =>
      seen.some((it) => isSame(it, key) && it.fingerprint !== key.fingerprint),
    );
    if (strangers.length > 0) {
      const names = strangers.map(({ purpose, id }) => `${purpose} ${id}`).join(", ");
      return bad(`not this database's: ${names}; pnpm postern keys status`);
    }
    const known = held.filter((key) => seen.some((it) => isSame(it, key)));
    return good(`${known.length} of ${held.length} known to the database, the others are new`);
  },
};

const isSame = (one: Held, other: Held): boolean =>
  one.purpose === other.purpose && one.id === other.id;

function heldKeys({ sealing, blindIndexHex, pepper }: ServiceKeys): Held[] {
  const ring = (purpose: Held["purpose"], keys: ServiceKeys["pepper"]): Held[] =>
    keys
      ? [keys.active, ...keys.previous].map(({ id, hex }) => ({
          purpose,
          id,
          fingerprint: keyFingerprint(hex),
        }))
      : [];
  return [
    ...ring("sealing", sealing),
    { purpose: "blind_index", id: 1, fingerprint: keyFingerprint(blindIndexHex) },
    ...ring("pepper", pepper),
  ];
}
