import { isIP } from "node:net";
import { storableText } from "./storable-text.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const METADATA_TEXT_MAX = 1_000;

/** An address that `inet` takes, its zone cut off; null for anything else. */
export function storableAddress(value: string | null | undefined): string | null {
  const [address = ""] = (value ?? "").split("%");
  return isIP(address) ? address : null;
}

export const storableUuid = (value: string | null | undefined): string | null =>
  value && UUID.test(value) ? value : null;

/**
 * As JSON that `jsonb` takes, every text in it cleaned and cut to 1,000 characters, keys too.
 * Throws TypeError where it refers to itself.
 */
export function storableJson(value: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === "string") return storableText(part, METADATA_TEXT_MAX) ?? "";
    if (typeof part === "bigint") return part.toString();
    return isRecord(part) ? withStorableKeys(part) : part;
  });
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const withStorableKeys = (record: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(record).map(([key, part]) => [storableText(key, METADATA_TEXT_MAX) ?? "", part]),
  );
