import { randomBytes } from "node:crypto";
import {
  blindIndex,
  createDigestKeys,
  createKeyRing,
  deriveCode,
  newSeed,
  SealedValueError,
} from "@postern/crypto";
import { expect, test } from "vitest";
import type { Message } from "./messages.ts";
import { openMessage, UnknownMessageError } from "./open-message.ts";
import { sealMessage } from "./seal-message.ts";

const newKey = () => randomBytes(32).toString("hex");
const keys = {
  keyRing: createKeyRing({ active: { id: 1, hex: newKey() } }),
  digestKeys: createDigestKeys(newKey()),
};
const seed = newSeed();
const message: Message = {
  name: "verify_email_code",
  to: "ada@example.com",
  seed,
  challengeId: "c1",
  lifeSeconds: 300,
};

test.for([
  { name: "verify_email_code", purpose: "verify_email", digits: 6 },
  { name: "sign_in_code", purpose: "sign_in", digits: 8 },
] as const)("$name opens to its recipient and a code of $digits digits", (kind) => {
  const opened = openMessage(keys, sealMessage(keys, { ...message, name: kind.name }));
  const { purpose, digits } = kind;
  const code = deriveCode(keys.digestKeys, { seed, purpose, digits, recipient: message.to });
  expect(code).toHaveLength(digits);
  expect(opened).toEqual({
    name: kind.name,
    to: message.to,
    variables: {},
    code,
    linkSecret: null,
    offersOtherChannel: false,
  });
});

test("the same seed sends the same code again, from a row of its own", () => {
  const first = sealMessage(keys, message);
  const second = sealMessage(keys, { ...message, resendOf: first.id });
  expect(second.id).not.toBe(first.id);
  expect(second.sealedPayload).not.toBe(first.sealedPayload);
  expect(openMessage(keys, second)).toEqual(openMessage(keys, first));
});

test("a row shows a masked hint and an index, and neither address nor seed nor code", () => {
  const delivery = sealMessage(keys, message);
  expect(delivery).toMatchObject({
    channel: "email",
    country: null,
    template: "verify_email_code",
    locale: "en",
    priority: 1,
    recipientHint: "a***@example.com",
    recipientIndex: blindIndex(keys.digestKeys, "email_delivery_log.to_email_index", message.to),
    challengeId: "c1",
    resendOf: null,
    lifeSeconds: 300,
  });
  const { code } = openMessage(keys, delivery);
  const shown = JSON.stringify(delivery);
  for (const secret of [message.to, seed, code]) expect(shown).not.toContain(secret);
});

test("a payload moved to another row, changed or missing does not open", () => {
  const row = sealMessage(keys, message);
  const moved = { ...row, id: sealMessage(keys, message).id };
  expect(() => openMessage(keys, moved)).toThrow(SealedValueError);
  expect(() => openMessage(keys, { ...row, sealedPayload: null })).toThrow(SealedValueError);
});

test("a template of another version is told apart from a payload that does not open", () => {
  const row = { ...sealMessage(keys, message), template: "toString" };
  expect(() => openMessage(keys, row)).toThrow(UnknownMessageError);
});

test.for([
  "Ada@Example.com",
  " ada@example.com",
  "a@example.com, b@example.org",
  "a@example.com\r\nBcc: c@example.org",
  "<b@example.org>a@example.com",
  '"e@example.org"@example.com',
  "a@ⓥictim.example",
  "a＠victim.example",
])("%j is no normalised address and is not repeated in the error", (to) => {
  const attempt = () => sealMessage(keys, { ...message, to });
  expect(attempt).toThrow("The recipient of a message must be a normalised address or number.");
});

test.for([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("a life of %d is refused", (life) => {
  expect(() => sealMessage(keys, { ...message, lifeSeconds: life })).toThrow(RangeError);
});

test("a locale that is no language tag is refused", () => {
  expect(() => sealMessage(keys, { ...message, locale: "en\n" })).toThrow(TypeError);
  expect(sealMessage(keys, { ...message, locale: "sw-KE" }).locale).toBe("sw-KE");
});
