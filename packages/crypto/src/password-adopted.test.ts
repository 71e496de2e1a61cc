import { expect, test } from "vitest";
import { createPasswordHasher } from "./password.ts";

const hasher = createPasswordHasher({ concurrency: 2, queueMax: 64 });
const salt = "000102030405060708090a0b0c0d0e0f";

// bcrypt by libxcrypt's crypt(3), some of them Openwall's own vectors; scrypt by Python's hashlib
// (OpenSSL), the first of them of RFC 7914, section 12.
const adopted = [
  { password: "U*U", stored: "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW" },
  { password: "U*U*", stored: "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK" },
  { password: "U*U*U", stored: "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a" },
  { password: "", stored: "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy" },
  { password: "£", stored: "$2y$05$/OK.fbVrR/bpIqNJ5ianF.crQZGxQ7hWEf.fNKRjrYcudfgPvGbVK" },
  {
    password: "pässwörd 密码 😀",
    stored: "$2b$06$abcdefghijklmnopqrstuu8Xonp289ZA709Ul7qloBAiG5EGhgKiu",
  },
  {
    password: "pleaseletmein",
    stored:
      "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw",
  },
  {
    password: "pässwörd",
    stored:
      "$scrypt$ln=16,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$jCaZhFT1JL3Giz6mxxt0h+m3Ic+Gbltb4K8PIzdJJ3Q",
  },
  {
    password: "correct horse",
    stored: `${salt}:9372e2d20f7c9ba55e54d10569dfe24824c5765383f46b040e9ac7b33041339c514173900cb63a37c935c0e2f40cfe2cb39bee5fe58f54715c1fd913c4638373`,
  },
  {
    password: "ﬁ Å²",
    stored: `${salt}:6c34efdb82bad32bd03ae974426420fba6723dd154f093b52a055a301a8917ac23762ecb59bfaceb8f7b651ab7c1de50465bdb82cfbf09c948832d9e644c0273`,
  },
];

test.for(adopted)(
  "$stored verifies its password, asks to be replaced, and no other matches",
  async ({ stored, password }) => {
    expect(await hasher.verify(stored, password)).toEqual({
      matches: true,
      needsRehash: true,
      isReadable: true,
    });
    for (const other of [`${password}x`, `x${password}`]) {
      expect(await hasher.verify(stored, other)).toEqual({
        matches: false,
        needsRehash: false,
        isReadable: true,
      });
    }
  },
);

test("bcrypt reads 72 bytes: a longer password matches by them, a change within them does not", async () => {
  const stored = "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui";
  const first72 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  expect(Buffer.byteLength(first72)).toBe(72);
  for (const longer of [first72, `${first72}chars after 72 are ignored`, `${first72}!`]) {
    expect(await hasher.verify(stored, longer)).toMatchObject({ matches: true, needsRehash: true });
  }
  expect(await hasher.verify(stored, first72.slice(0, 71))).toMatchObject({ matches: false });
  expect(await hasher.verify(stored, `x${first72}`)).toMatchObject({ matches: false });
});

test("a password that another system took as typed is not put in another form before", async () => {
  const stored = "$2y$05$/OK.fbVrR/bpIqNJ5ianF.crQZGxQ7hWEf.fNKRjrYcudfgPvGbVK";
  expect(await hasher.verify(stored, "\u00a3")).toMatchObject({ matches: true });
  // NFKC is better-auth's own, so the ligature and its two letters are one password there.
  const { stored: betterAuth = "" } = adopted.at(-1) ?? {};
  expect(await hasher.verify(betterAuth, "fi \u00c52")).toMatchObject({ matches: true });
});

test.for([
  {
    name: "bcrypt at cost 16",
    stored: "$2b$16$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
  },
  {
    name: "bcrypt at cost 3",
    stored: "$2b$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
  },
  {
    name: "bcrypt of a faulty make",
    stored: "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
  },
  {
    name: "bcrypt cut short",
    stored: "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe",
  },
  { name: "scrypt of 256 MiB", stored: phc("ln=18,r=8,p=1") },
  { name: "scrypt of 1 TiB", stored: phc("ln=30,r=8,p=1") },
  { name: "scrypt of huge blocks", stored: phc("ln=1,r=999999,p=1") },
  { name: "scrypt of too much work", stored: phc("ln=17,r=8,p=3") },
  { name: "scrypt of a million lanes", stored: phc("ln=4,r=1,p=999999") },
  { name: "scrypt with more steps than blocks allow", stored: phc("ln=16,r=1,p=1") },
  { name: "scrypt without a cost", stored: phc("ln=0,r=8,p=1") },
  {
    name: "scrypt with a tag of 8 bytes",
    stored: "$scrypt$ln=4,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$jCaZhFT1JL0",
  },
  { name: "better-auth cut short", stored: `${salt}:9372e2d2` },
  { name: "argon2 of 1 GiB", stored: argon2("m=1048576,t=1,p=1") },
  { name: "argon2 of 256 MiB, five times over", stored: argon2("m=262144,t=5,p=1") },
  { name: "argon2 of a million passes", stored: argon2("m=19456,t=1000000,p=1") },
  { name: "argon2 with less memory than lanes need", stored: argon2("m=16,t=1,p=4") },
])("$name matches nothing, at the work of no account, without a throw", async ({ stored }) => {
  const none = { matches: false, needsRehash: false, isReadable: false };
  const start = performance.now();
  expect(await hasher.verify(stored, "U*U")).toEqual(none);
  expect(performance.now() - start).toBeLessThan(1_000);
});

test("hashes of other systems wait at the same gate, and leave the event loop alone", async () => {
  const narrow = createPasswordHasher({ concurrency: 1, queueMax: 1 });
  const stored =
    "$scrypt$ln=16,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$jCaZhFT1JL3Giz6mxxt0h+m3Ic+Gbltb4K8PIzdJJ3Q";
  let ticks = 0;
  const clock = setInterval(() => {
    ticks += 1;
  }, 5);
  const three = [1, 2, 3].map(() => narrow.verify(stored, "pässwörd"));
  const [first, second, third] = await Promise.allSettled(three);
  clearInterval(clock);
  expect([first?.status, second?.status]).toEqual(["fulfilled", "fulfilled"]);
  expect(third).toMatchObject({ status: "rejected", reason: { name: "HashingBusyError" } });
  expect(ticks).toBeGreaterThan(5);
});

function phc(cost: string): string {
  return `$scrypt$${cost}$AAECAwQFBgcICQoLDA0ODw$jCaZhFT1JL3Giz6mxxt0h+m3Ic+Gbltb4K8PIzdJJ3Q`;
}

function argon2(cost: string): string {
  return `$argon2id$v=19$${cost}$c2FsdHNhbHRzYWx0c2FsdA$T95q7S205tf9WI4HhYOZDIQmMMAbntacGXTIku0gXT8`;
}
