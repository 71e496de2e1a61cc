import { createHmac, createSecretKey, hash } from "node:crypto";
import { expect, test } from "vitest";
import { createKeyDerivation } from "./derive-key.ts";

const root = createSecretKey(Buffer.from(hash("sha256", "root"), "hex"));

test("derivation is HKDF-SHA-256: RFC 5869, test case 3, its first 32 bytes", () => {
  const derive = createKeyDerivation(createSecretKey(Buffer.alloc(22, 0x0b)));
  expect(derive("").export().toString("hex")).toBe(
    "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d",
  );
});

test("the label is HKDF's info: extract and expand by hand give the same key", () => {
  const extracted = createHmac("sha256", Buffer.alloc(32)).update(root.export()).digest();
  const expanded = createHmac("sha256", extracted).update("postern/lane/v1\x01").digest();
  expect(createKeyDerivation(root)("postern/lane/v1").export()).toEqual(expanded);
});

test("a key is derived once while it is remembered, and the oldest of 256 makes room", () => {
  const derive = createKeyDerivation(root);
  const first = derive("label 0");
  for (let label = 1; label < 256; label += 1) derive(`label ${label}`);
  expect(derive("label 0")).toBe(first);
  derive("label 256");
  expect(derive("label 0")).not.toBe(first);
  expect(derive("label 0").equals(first)).toBe(true);
});
