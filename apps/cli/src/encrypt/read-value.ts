import {
  blindIndex,
  type DigestKeys,
  maskEmail,
  maskPhone,
  normaliseEmail,
  normalisePhone,
} from "@postern/crypto";
import type { CountryCode } from "libphonenumber-js/max";
import type { Encryption } from "./encryption.ts";
import type { Opener } from "./load-opener.ts";

/** Why a value cannot be sealed. The value itself is in no message. */
export type Fault =
  | "empty"
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
};

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
    read: async (plain, id) => {
      const text = opener ? await opened(opener, plain, id) : plain;
      if (text === null) return "opener_refused";
      if (text === "") return "empty";
      const value = normalised(text, encryption);
      if (value === null) return normalise === "phone" ? "no_phone_number" : "no_email_address";
      return { value, ...beside(value) };
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

/** What the older system's own code says; null where it throws, whose message may hold the value. */
async function opened(opener: Opener, plain: string, id: string): Promise<string | null> {
  try {
    return await opener.open(plain, { id });
  } catch {
    return null;
  }
}
