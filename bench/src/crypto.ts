import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from "node:crypto";
import {
  blindIndex,
  createDigestKeys,
  createKeyRing,
  createPasswordHasher,
  generateTotpSecret,
  open,
  seal,
  verifyTotp,
} from "@postern/crypto";
import type { Bench, Figure } from "./bench.ts";
import { median } from "./median.ts";
import { medianOf } from "./median-of.ts";

const ROUNDS = 41;
const CALLS = 10_000;
const HASHES = 21;
const RATIO_MIN = 0.8;
const TEXT = "+254712345678 abcdef";
const PLACE = { table: "users", column: "phone", rowId: "0198a3c2-0000-7000-8000-000000000001" };
const TAG = { authTagLength: 16 } as const;
const key = createSecretKey(randomBytes(32));
const rowId = Buffer.from(PLACE.rowId);

type Work = () => unknown;

/** What a program would write by hand: a nonce and the row id authenticated, kept as one text. */
function sealByHand(): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, TAG);
  cipher.setAAD(rowId);
  const ciphertext = Buffer.concat([cipher.update(TEXT, "utf8"), cipher.final()]);
  return Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]).toString("base64url");
}

function openByHand(text: string): string {
  const bytes = Buffer.from(text, "base64url");
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12), TAG);
  decipher.setAAD(rowId);
  decipher.setAuthTag(bytes.subarray(-16));
  const plaintext = decipher.update(bytes.subarray(12, -16));
  return Buffer.concat([plaintext, decipher.final()]).toString("utf8");
}

type Bare = Readonly<{ nonce: Buffer; ciphertext: Buffer; tag: Buffer }>;

/** Nothing but the cipher: no row bound, no text made. */
function encryptBare(): Bare {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, TAG);
  const ciphertext = Buffer.concat([cipher.update(TEXT, "utf8"), cipher.final()]);
  return { nonce, ciphertext, tag: cipher.getAuthTag() };
}

function decryptBare({ nonce, ciphertext, tag }: Bare): string {
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, TAG);
  decipher.setAuthTag(tag);
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString("utf8");
}

/** Seal and open of a field of 20 bytes beside two ways without this package, in one run. */
export const benchCrypto: Bench = async ({ say }) => {
  const hex = () => randomBytes(32).toString("hex");
  const ring = createKeyRing({ active: { id: 1, hex: hex() } });
  const digestKeys = createDigestKeys(hex());
  const sealed = seal(ring, TEXT, PLACE);
  const byHand = sealByHand();
  const bare = encryptBare();
  say(`${ROUNDS} rounds of ${CALLS} calls of each, in turn`);
  const sealing = compare([() => seal(ring, TEXT, PLACE), sealByHand, encryptBare]);
  const opening = compare([
    () => open(ring, sealed, PLACE),
    () => openByHand(byHand),
    () => decryptBare(bare),
  ]);
  const totp = {
    secret: generateTotpSecret(),
    now: new Date(),
    code: "000000",
    lastUsedStep: null,
  };
  const [index = 0, code = 0] = compare([
    () => blindIndex(digestKeys, "users.phone", TEXT),
    () => verifyTotp(totp),
  ]).rates;
  return [
    ...figuresOf("seal", sealing),
    ...figuresOf("open", opening),
    { name: "blind index", value: index, unit: "per second" },
    { name: "TOTP verification, three steps", value: code, unit: "per second" },
    await argon2Figure(),
  ];
};

async function argon2Figure(): Promise<Figure> {
  const hasher = createPasswordHasher({ concurrency: 1, queueMax: 1 });
  const stored = await hasher.hash("right");
  const value = await medianOf(HASHES, () => hasher.verify(stored, "right"));
  return { name: "argon2id verification, 19 MiB, 2 passes", value, unit: "ms" };
}

type Comparison = Readonly<{ rates: number[]; ratios: number[] }>;

/**
 * Calls a second of processor of each, and the speed of the first over each other one. A ratio is
 * the median of those of the rounds, whose parts ran within milliseconds of each other: noise meets
 * both alike.
 */
function compare(works: readonly Work[]): Comparison {
  for (const work of works) timeOf(work);
  const rounds = Array.from({ length: ROUNDS }, () => works.map(timeOf));
  const column = (read: (times: number[]) => number) => median(rounds.map(read));
  const rates = works.map((_, at) => CALLS / column((times) => times[at] ?? 0));
  const ratios = works.map((_, at) => column((times) => (times[at] ?? 0) / (times[0] ?? 0)));
  return { rates, ratios };
}

/** Seconds of this thread's processor: what other programs take of the machine does not count. */
function timeOf(work: Work): number {
  const before = process.threadCpuUsage();
  for (let call = 0; call < CALLS; call += 1) work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000_000;
}

function figuresOf(name: string, { rates, ratios }: Comparison): Figure[] {
  const [own = 0, byHand = 0, bare = 0] = rates;
  return [
    { name, value: own, unit: "per second" },
    { name: `${name} by node:crypto, the same text`, value: byHand, unit: "per second" },
    { name: `${name} by node:crypto, cipher alone`, value: bare, unit: "per second" },
    {
      name: `${name} over node:crypto, the same text`,
      value: ratios[1] ?? 0,
      unit: "ratio",
      limit: { atLeast: RATIO_MIN },
    },
    // Beside: what binding a value to its row and keeping it as text costs at all.
    { name: `${name} over node:crypto, cipher alone`, value: ratios[2] ?? 0, unit: "ratio" },
  ];
}
