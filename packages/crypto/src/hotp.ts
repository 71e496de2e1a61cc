import { createHmac } from "node:crypto";

const COUNTER_BYTES = 8;

/** RFC 6238 adds the two longer ones; what authenticator apps agree on is SHA-1. */
type HotpAlgorithm = "sha1" | "sha256" | "sha512";

/** What both sides of a second factor must agree on, beside the secret and the counter. */
export type HotpForm = Readonly<{ algorithm: HotpAlgorithm; digits: number }>;

/** The code of a counter (RFC 4226, 5.3), leading zeros kept. The counter is below 2^53. */
export function hotp(secret: Uint8Array, counter: number, { algorithm, digits }: HotpForm): string {
  const message = Buffer.alloc(COUNTER_BYTES);
  message.writeBigUInt64BE(BigInt(counter));
  const digest = createHmac(algorithm, secret).update(message).digest();
  // Dynamic truncation: the last half byte says where, the sign bit is left out.
  const offset = digest.readUInt8(digest.length - 1) & 0x0f;
  const number = digest.readUInt32BE(offset) & 0x7f_ff_ff_ff;
  return (number % 10 ** digits).toString().padStart(digits, "0");
}
