import { type KeyRing, open, type SealedPlace } from "@postern/crypto";
import type { Sealed } from "@postern/schema/sealed";
import type { TransactionStore } from "../transaction.ts";
import { readSealedValue, UNREADABLE, type Unreadable } from "./read-sealed-value.ts";

/**
 * A sealed value that stands in Redis and in no table, read as JSON by `parse`. What opens but is
 * not what this version wrote is unreadable too.
 */
export async function readKeptValue<Value>(
  deps: TransactionStore & { readonly keyRing: KeyRing },
  { sealed, place }: { sealed: string; place: SealedPlace },
  parse: (value: unknown) => Value,
): Promise<Value | Unreadable> {
  const { table, column, rowId } = place;
  const kept: { value?: Value } = {};
  const text = await readSealedValue(deps, {
    from: { schema: "redis", table, column },
    plain: null,
    sealed: sealed as Sealed,
    rowId,
    open: (value) => {
      const opened = open(deps.keyRing, value, place);
      kept.value = parse(JSON.parse(opened));
      return opened;
    },
  });
  return text === UNREADABLE || kept.value === undefined ? UNREADABLE : kept.value;
}
