import type { SealedPlace } from "@postern/crypto";
import type { Sealed } from "@postern/schema";
import type { MessageChannel } from "./messages.ts";

type Log = "email_delivery_log" | "sms_delivery_log";

const LOGS = {
  email: "email_delivery_log",
  sms: "sms_delivery_log",
} as const satisfies Record<MessageChannel, Log>;

/** A payload as its row holds it. */
export type SealedPayload = Sealed<Log, "sealed_payload">;

/** What is sealed in a delivery row: all that the worker needs and the log must not show. */
export type Payload = Readonly<{
  to: string;
  seed: string | null;
  variables: Readonly<Record<string, string>>;
  /** Left out where it is false. */
  offersOtherChannel?: true;
}>;

/** The sealed value opens in this column of this very row of its channel's log and nowhere else. */
export const payloadPlace = (
  channel: MessageChannel,
  rowId: string,
): SealedPlace<Log, "sealed_payload"> => ({
  table: LOGS[channel],
  column: "sealed_payload",
  rowId,
});

export const writePayload = (payload: Payload): string => JSON.stringify(payload);

/** Null where the text is no payload; it was sealed by us, so that is a fault of ours. */
export function readPayload(text: string): Payload | null {
  const value = parse(text);
  return isPayload(value) ? value : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isPayload(value: unknown): value is Payload {
  if (!isRecord(value)) return false;
  const { to, seed, variables, offersOtherChannel = true } = value;
  const hasSeed = seed === null || typeof seed === "string";
  const isWhole = typeof to === "string" && hasSeed && offersOtherChannel === true;
  return isWhole && isRecord(variables) && isTextOnly(variables);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isTextOnly = (value: Record<string, unknown>): boolean =>
  Object.values(value).every((text) => typeof text === "string");
