import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const length =
    body.length < 128
      ? Buffer.from([body.length])
      : Buffer.from([0x82, body.length >> 8, body.length & 0xff]);
  return Buffer.concat([Buffer.from([tag]), length, body]);
};
const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts);
/** sha256WithRSAEncryption, 1.2.840.113549.1.1.11. */
const ALGORITHM = sequence(Buffer.from("06092a864886f70d01010b0500", "hex"));
const NAME = sequence(
  der(0x31, sequence(Buffer.from("0603550403", "hex"), der(0x0c, Buffer.from("sns.test")))),
);
const time = (at: Date) =>
  der(0x17, Buffer.from(at.toISOString().replace(/[-:T]/g, "").slice(2, 14).concat("Z")));

export type SnsKey = { certificate: string; privateKey: KeyObject };

/** A certificate of its own authority, from yesterday until then; Node can read but not make one. */
export function makeSnsKey(validTo = new Date(Date.now() + 86_400_000)): SnsKey {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const body = sequence(
    der(0xa0, Buffer.from("020102", "hex")),
    Buffer.from("020101", "hex"),
    ALGORITHM,
    NAME,
    sequence(time(new Date(Date.now() - 2 * 86_400_000)), time(validTo)),
    NAME,
    publicKey.export({ type: "spki", format: "der" }),
  );
  const signature = der(0x03, Buffer.from([0]), sign("RSA-SHA256", body, privateKey));
  const base64 = sequence(body, ALGORITHM, signature).toString("base64");
  const lines = base64.match(/.{1,64}/g)?.join("\n");
  return {
    privateKey,
    certificate: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  };
}
