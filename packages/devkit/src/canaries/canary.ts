import { randomBytes, randomInt } from "node:crypto";
import { OWN_FATES } from "./own-sms-service.ts";

/** Somebody whose address and number are found wherever they stand in clear. */
export type Canary = {
  email: string;
  /** E.164, Kenyan, Ugandan or Tanzanian. */
  phone: string;
  /** What becomes of the messages to them. */
  fate: "delivered" | "undelivered" | "text_refused" | "mail_refused";
  /** The client address that they ask from. */
  from: string;
};

/**
 * Three countries, each with a provider of its own, and the last digits by which that one refuses a
 * text, or reports it undelivered. A number goes on with its index, so that no two are alike.
 */
const COUNTRIES = [
  { begin: "+2547", from: 0, text_refused: "21614", undelivered: "30003" },
  { begin: "+2567", from: 400, text_refused: "10403", undelivered: "11001" },
  { begin: "+2557", from: 400, ...OWN_FATES },
] as const;

export function makeCanaries(count: number): Canary[] {
  return Array.from({ length: count }, (_, index) => {
    const fate = fateOf(index);
    const host = fate === "mail_refused" ? "away.example.com" : "example.com";
    const country = COUNTRIES[Math.floor(index / 4) % COUNTRIES.length] ?? COUNTRIES[0];
    const begin = `${country.begin}${String(country.from + index).padStart(3, "0")}`;
    const rest = fate === "text_refused" || fate === "undelivered" ? country[fate] : ordinary();
    return {
      email: `canary-${randomBytes(6).toString("hex")}@${host}`,
      phone: `${begin}${rest}`,
      fate,
      from: `10.20.${index >> 8}.${index & 255}`,
    };
  });
}

const fateOf = (index: number): Canary["fate"] =>
  index % 20 === 1
    ? "text_refused"
    : index % 20 === 2
      ? "undelivered"
      : index % 20 === 3
        ? "mail_refused"
        : "delivered";

/** Below 10000 no ending means anything to a provider. */
const ordinary = () => String(randomInt(10_000)).padStart(5, "0");

export type Secrets = Readonly<{ codes: ReadonlySet<string>; canaries: readonly Canary[] }>;

/** An address wherever it stands; the mask of one, c***@example.com, is none. */
const ADDRESS = /canary-[0-9a-f]{12}/gi;
/** A number in any of the ways that people write it; not as a part of a longer one. */
const NUMBER = /(?<!\d)(?:25[456]|0)?(7\d{8})(?!\d)/g;
/** A code is short: it counts only where it stands alone, not inside a longer number or digest. */
const CODE = /(?<![\w.-])(?:\d{8}|\d{6})(?![\w.-])/g;

/** Which of the secrets a text holds. */
export function createFinder({ codes, canaries }: Secrets): (text: string) => string[] {
  const addresses = new Set(canaries.map(({ email }) => email.split("@")[0]));
  const numbers = new Set(canaries.map(({ phone }) => phone.slice("+254".length)));
  return (text) => {
    // A code on a line of its own stands alone, in JSON and in an address of the web too.
    const plain = text.replaceAll(/\\+[nrt]|%[0-9a-f]{2}/gi, " ");
    return [
      ...(plain.match(ADDRESS) ?? []).filter((found) => addresses.has(found.toLowerCase())),
      ...[...plain.matchAll(NUMBER)].flatMap(([, found = ""]) =>
        numbers.has(found) ? [found] : [],
      ),
      ...(plain.match(CODE) ?? []).filter((found) => codes.has(found)),
    ];
  };
}
