import {
  blindIndex,
  maskPhone,
  open,
  type SealedPlace,
  seal,
  unprovedIndex,
} from "@postern/crypto";
import type { Sealed } from "@postern/schema/sealed";
import type { Deps } from "../deps.ts";
import { readSealedValue, type Unreadable } from "../sealed-values/read-sealed-value.ts";
import type { UserId } from "../tables.ts";
import type { TransactionStore } from "../transaction.ts";

type PhoneDeps = Pick<Deps, "keyRing" | "digestKeys" | "usersPlace">;

const placeOf = ({ usersPlace }: PhoneDeps, userId: UserId): SealedPlace => ({
  table: usersPlace.table,
  column: usersPlace.phone,
  rowId: String(userId),
});

/** The column that holds it, by its SQL names. */
const phoneColumn = ({ usersPlace }: Pick<PhoneDeps, "usersPlace">) => ({
  schema: usersPlace.schema,
  table: usersPlace.table,
  column: usersPlace.phone,
});

type IndexDeps = Pick<PhoneDeps, "digestKeys" | "usersPlace">;

const indexColumn = ({ usersPlace }: IndexDeps) =>
  `${usersPlace.table}.${usersPlace.phoneIndex}` as const;

/** What a proved number is found by (E.164). Equal numbers have equal indexes. */
export const phoneIndex = (deps: IndexDeps, phone: string): string =>
  blindIndex(deps.digestKeys, indexColumn(deps), phone);

/**
 * What stands in that column until the number is proved: the account's own. The unique index is a
 * promise about proved numbers alone, so a number that another account has looks like any other.
 */
export const unprovedPhoneIndex = (deps: IndexDeps, userId: UserId, phone: string): string =>
  unprovedIndex(deps.digestKeys, indexColumn(deps), { rowId: String(userId), value: phone });

/** A proved number (E.164) as its account keeps it: sealed for the row, indexed, shown by hint. */
export const sealPhone = (deps: PhoneDeps, userId: UserId, phone: string) => ({
  sealedPhone: seal(deps.keyRing, phone, placeOf(deps, userId)),
  phoneIndex: phoneIndex(deps, phone),
  phoneHint: maskPhone(phone),
});

/** The number (E.164) of an account; null where it has none. See `readSealedValue`. */
export const readPhone = (
  deps: PhoneDeps,
  store: TransactionStore,
  { userId, sealed }: { userId: UserId; sealed: string | null },
): Promise<string | null | Unreadable> =>
  readSealedValue(store, {
    from: phoneColumn(deps),
    plain: null,
    sealed: sealed as Sealed | null,
    rowId: String(userId),
    userId,
    open: (value) => open(deps.keyRing, value, placeOf(deps, userId)),
  });
