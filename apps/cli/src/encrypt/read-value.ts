import {
  blindIndex,
  type DigestKeys,
  maskEmail,
  maskPhone,
  normaliseEmail,
  normalisePhone,
  unprovedIndex,
} from "@postern/crypto";
import type { CountryCode } from "libphonenumber-js/max";
import type { Encryption } from "./encryption.ts";
import type { Opener } from "./load-opener.ts";

/** As many as one sealed value takes. */
const BYTES_MAX = 65_536;

/** Why a value cannot be sealed. The value itself is in no message. */
export type Fault =
  | "empty"
  | "too_long"
  | "no_phone_number"
  | "no_email_address"
  | "opener_refused"
  | "index_taken";

/** A value as it is sealed, looked up and shown. */
export type ReadValue = {
  readonly value: string;
  readonly index: string | null;
  readonly hint: string | null;
};

export type ValueReader = {
  /** What a text of the plain column stands for, or why it stands for nothing. */
  readonly read: (plain: string, id: string) => Promise<ReadValue | Fault>;
  /** What belongs beside a value that was sealed. */
  readonly beside: (value: string) => Omit<ReadValue, "value">;
  /** The index of a value that nobody has proved for that row; null where there is no index. */
  readonly unproved: (value: string, rowId: string) => string | null;
};

/** What a text is that has no such form. */
const FAULTS: Readonly<Record<Encryption["normalise"], Fault>> = {
  phone: "no_phone_number",
  email: "no_email_address",
  none: "empty",
};

function faultOf(value: string): Fault | null {
  if (value === "") return "empty";
  return Buffer.byteLength(value) > BYTES_MAX ? "too_long" : null;
}

type ReaderDeps = { readonly digests: DigestKeys; readonly opener: Opener | null };

export function createValueReader(
  encryption: Encryption,
  { digests, opener }: ReaderDeps,
): ValueReader {
  const { into, indexColumn, hintColumn, normalise } = encryption;
  const mask = { phone: maskPhone, email: maskEmail, none: () => null }[normalise];
  const beside = (value: string) => ({
    index: indexColumn === null ? null : blindIndex(digests, `${into.table}.${indexColumn}`, value),
    hint: hintColumn === null ? null : mask(value),
  });
  return {
    beside,
    unproved: (value, rowId) =>
      indexColumn === null
        ? null
        : unprovedIndex(digests, `${into.table}.${indexColumn}`, { rowId, value }),
    read: async (plain, id) => {
      const text = opener ? await opened(opener, plain, id) : plain;
      if (text === null) return "opener_refused";
      const value = normalised(text, encryption);
      if (value === null) return FAULTS[normalise];
      return faultOf(value) ?? { value, ...beside(value) };
    },
  };
}

function normalised(text: string, { normalise, defaultCountry }: Encryption): string | null {
  switch (normalise) {
    case "phone":
      return normalisePhone(text, (defaultCountry ?? undefined) as CountryCode | undefined);
    case "email":
      return normaliseEmail(text);
    case "none":
      return text;
  }
}

/** What the older system's own code says; null where it throws: its message may hold the value. */
async function opened(opener: Opener, plain: string, id: string): Promise<string | null> {
  try {
    const text = await opener.open(plain, { id });
    return typeof text === "string" ? text : null;
  } catch {
    return null;
  }
}
