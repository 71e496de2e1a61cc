import { createHmac } from "node:crypto";
import { equalConstantTime } from "@postern/crypto";

export const SIGNATURE_HEADER = "x-postern-signature";

/** How far the clocks of two services may be apart, and how long a request may travel. */
const AGE_SECONDS_MAX = 300;
const SIGNATURE = /^t=(?<at>\d{10}),v1=(?<mac>[0-9a-f]{64})$/;

/**
 * The signature of a request between services that share a secret: `t=<unix seconds>,v1=<hex>`, the
 * HMAC-SHA-256 of `<unix seconds>.<body>`.
 */
export function signBody(secret: string, body: string, now: Date): string {
  const at = Math.floor(now.getTime() / 1_000);
  return `t=${at},v1=${macOf(secret, body, at)}`;
}

/** Whether the other side signed this very body within the last five minutes. */
export function isSignedBody(
  secret: string,
  { body, signature }: { body: string; signature: string },
  now: Date,
): boolean {
  const { at = "", mac = "" } = SIGNATURE.exec(signature)?.groups ?? {};
  const isRight = equalConstantTime(mac, macOf(secret, body, Number(at)));
  return isRight && Math.abs(now.getTime() / 1_000 - Number(at)) <= AGE_SECONDS_MAX;
}

const macOf = (secret: string, body: string, at: number): string =>
  createHmac("sha256", secret).update(`${at}.${body}`).digest("hex");
