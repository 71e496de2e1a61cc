import { createSecretKey } from "node:crypto";
import { expect, test } from "vitest";
import { decrypt, encrypt } from "./aes-256-gcm.ts";

const feffe = "feffe9928665731c6d6a8f9467308308";
const text =
  "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255";
const cipherText =
  "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad";

// "The Galois/Counter Mode of Operation" (McGrew, Viega), appendix B, cases 13 to 16, and NIST's
// CAVS gcmEncryptExtIV256: nonces of 96 bits, tags of 128.
const vectors = [
  {
    name: "GCM 13",
    key: "00".repeat(32),
    nonce: "00".repeat(12),
    plaintext: "",
    associated: "",
    ciphertext: "",
    tag: "530f8afbc74536b9a963b4f1c4cb738b",
  },
  {
    name: "GCM 14",
    key: "00".repeat(32),
    nonce: "00".repeat(12),
    plaintext: "00".repeat(16),
    associated: "",
    ciphertext: "cea7403d4d606b6e074ec5d3baf39d18",
    tag: "d0d1c8a799996bf0265b98b5d48ab919",
  },
  {
    name: "GCM 15",
    key: feffe.repeat(2),
    nonce: "cafebabefacedbaddecaf888",
    plaintext: text,
    associated: "",
    ciphertext: cipherText,
    tag: "b094dac5d93471bdec1a502270e3cc6c",
  },
  {
    name: "GCM 16",
    key: feffe.repeat(2),
    nonce: "cafebabefacedbaddecaf888",
    plaintext: text.slice(0, 120),
    associated: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
    ciphertext: cipherText.slice(0, 120),
    tag: "76fc6ece0f4e1768cddf8853bb2d551b",
  },
  {
    name: "CAVS, nothing",
    key: "b52c505a37d78eda5dd34f20c22540ea1b58963cf8e5bf8ffa85f9f2492505b4",
    nonce: "516c33929df5a3284ff463d7",
    plaintext: "",
    associated: "",
    ciphertext: "",
    tag: "bdc1ac884d332457a1d2664f168c76f0",
  },
  {
    name: "CAVS, associated data alone",
    key: "78dc4e0aaf52d935c3c01eea57428f00ca1fd475f5da86a49c8dd73d68c8e223",
    nonce: "d79cf22d504cc793c3fb6c8a",
    plaintext: "",
    associated: "b96baa8c1c75a671bfb2d08d06be5f36",
    ciphertext: "",
    tag: "3e5d486aa2e30b22e040b85723a06e76",
  },
  {
    name: "CAVS, text alone",
    key: "31bdadd96698c204aa9ce1448ea94ae1fb4a9a0b3c9d773b51bb1822666b8f22",
    nonce: "0d18e06c7c725ac9e362e1ce",
    plaintext: "2db5168e932556f8089a0622981d017d",
    associated: "",
    ciphertext: "fa4362189661d163fcd6a56d8bf0405a",
    tag: "d636ac1bbedd5cc3ee727dc2ab4a9489",
  },
  {
    name: "CAVS, both",
    key: "92e11dcdaa866f5ce790fd24501f92509aacf4cb8b1339d50c9c1240935dd08b",
    nonce: "ac93a1a6145299bde902f21a",
    plaintext: "2d71bcfa914e4ac045b2aa60955fad24",
    associated: "1e0889016f67601c8ebea4943bc23ad6",
    ciphertext: "8995ae2e6df3dbf96fac7b7137bae67f",
    tag: "eca5aa77d51d4a0a14d9c51e1da474ab",
  },
];

test.for(vectors)("$name encrypts and decrypts as the standard says", (vector) => {
  const key = createSecretKey(Buffer.from(vector.key, "hex"));
  const nonce = Buffer.from(vector.nonce, "hex");
  const input = { nonce, associatedData: Buffer.from(vector.associated, "hex") };
  const sealed = encrypt(key, input, Buffer.from(vector.plaintext, "hex"));
  expect(sealed.ciphertext.toString("hex")).toBe(vector.ciphertext);
  expect(sealed.tag.toString("hex")).toBe(vector.tag);
  expect(decrypt(key, input, sealed)?.toString("hex")).toBe(vector.plaintext);

  const bad = Buffer.from(sealed.tag);
  bad.writeUInt8(bad.readUInt8(15) ^ 1, 15);
  expect(decrypt(key, input, { ...sealed, tag: bad })).toBeUndefined();
});
