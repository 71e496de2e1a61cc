import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeBase32, encodeBase32 } from "./base32.ts";

// RFC 4648, section 10.
test.for([
  { text: "", encoded: "" },
  { text: "f", encoded: "MY======" },
  { text: "fo", encoded: "MZXQ====" },
  { text: "foo", encoded: "MZXW6===" },
  { text: "foob", encoded: "MZXW6YQ=" },
  { text: "fooba", encoded: "MZXW6YTB" },
  { text: "foobar", encoded: "MZXW6YTBOI======" },
])("$text is $encoded, as RFC 4648 says", ({ text, encoded }) => {
  expect(encodeBase32(Buffer.from(text))).toBe(encoded.replaceAll("=", ""));
  expect(decodeBase32(encoded)?.toString()).toBe(text);
  expect(decodeBase32(encoded.replaceAll("=", ""))?.toString()).toBe(text);
});

test("all bytes come back, and a text that none have is refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect(decodeBase32(encodeBase32(bytes))).toEqual(Buffer.from(bytes));
    }),
  );
  for (const none of ["A", "MZX", "MZ", "mzxw6ytb", "MZXW6YT1", "MZXW 6YTB", "=MZXW", "MZXW=6"]) {
    expect(decodeBase32(none)).toBeNull();
  }
});
