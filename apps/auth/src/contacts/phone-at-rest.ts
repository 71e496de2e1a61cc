import { blindIndex, maskPhone, open, type SealedPlace, seal } from "@postern/crypto";
import type { Sealed } from "@postern/schema/sealed";
import type { Deps } from "../deps.ts";
import type { UserId } from "../tables.ts";

type PhoneDeps = Pick<Deps, "keyRing" | "digestKeys" | "usersPlace">;

const placeOf = ({ usersPlace }: PhoneDeps, userId: UserId): SealedPlace => ({
  table: usersPlace.table,
  column: usersPlace.phone,
  rowId: String(userId),
});

/** The column that holds it, by its SQL names. */
export const phoneColumn = ({ usersPlace }: Pick<PhoneDeps, "usersPlace">) => ({
  schema: usersPlace.schema,
  table: usersPlace.table,
  column: usersPlace.phone,
});

/** What a number is found by (E.164). Equal numbers have equal indexes. */
export const phoneIndex = (
  { digestKeys, usersPlace }: Pick<PhoneDeps, "digestKeys" | "usersPlace">,
  phone: string,
): string => blindIndex(digestKeys, `${usersPlace.table}.${usersPlace.phoneIndex}`, phone);

/** A number (E.164) as its account keeps it: sealed for that row, found by index, shown by hint. */
export const sealPhone = (deps: PhoneDeps, userId: UserId, phone: string) => ({
  sealedPhone: seal(deps.keyRing, phone, placeOf(deps, userId)),
  phoneIndex: phoneIndex(deps, phone),
  phoneHint: maskPhone(phone),
});

/** @throws SealedValueError for what was not sealed for this account. */
export const openPhone = (deps: PhoneDeps, userId: UserId, sealed: string): string =>
  open(deps.keyRing, sealed as Sealed, placeOf(deps, userId));
