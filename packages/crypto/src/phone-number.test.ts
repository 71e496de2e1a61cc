import fc from "fast-check";
import { expect, test } from "vitest";
import { canBeMobile, maskPhone, normalisePhone } from "./phone-number.ts";

test.for([
  { text: "+254712345678", e164: "+254712345678" },
  { text: " +254 712 345 678 ", e164: "+254712345678" },
  { text: "+254 (0)712-345.678", e164: "+254712345678" },
  { text: "0712 345 678", country: "KE", e164: "+254712345678" },
  { text: "000254712345678", country: "KE", e164: "+254712345678" },
  { text: "(202) 555-0143", country: "US", e164: "+12025550143" },
  { text: "+1 268 464 1234", e164: "+12684641234" },
  { text: "020 7946 0018", country: "GB", e164: "+442079460018" },
  { text: "+44 20 7946 0018", country: "KE", e164: "+442079460018" },
  { text: "+٢٥٤٧١٢٣٤٥٦٧٨", e164: "+254712345678" },
] as const)("$text is $e164", ({ text, e164, ...given }) => {
  expect(normalisePhone(text, "country" in given ? given.country : undefined)).toBe(e164);
});

test.for([
  "",
  "+",
  "0712345678",
  "254712345678",
  "+254",
  "+2547123456",
  "+25471234567890",
  "+999712345678",
  "+254712345678 ext. 5",
  "+254712345678;ext=5",
  "+254712345678x5",
  "tel:+254712345678",
  "712345678;phone-context=+254",
  "Call me: +254712345678",
  "+254712345678, +254712345679",
  "+254712345678/+254712345679",
  "++254712345678",
  "+1-800-FLOWERS",
  "+254712345678\r\nTo: +254712345679",
  "+254712345678\n",
  "+2547\u200b12345678",
  "+254712345678\0",
  "9".repeat(41),
])("%j is refused", (text) => {
  expect(normalisePhone(text)).toBeNull();
});

test("what comes out is E.164 and normalises to itself, with any country or none", () => {
  const digits = fc.string({ unit: fc.constantFrom(..."0123456789 -()"), maxLength: 14 });
  const lead = fc.constantFrom("+254", "+2547", "+1202", "+4479", "+491", "+39 0", "0", "+");
  let accepted = 0;
  const property = fc.property(lead, digits, (start, rest) => {
    const number = normalisePhone(start + rest, "KE");
    if (number === null) return;
    accepted += 1;
    expect(number).toMatch(/^\+[1-9]\d{4,14}$/);
    expect(normalisePhone(number)).toBe(number);
    expect(normalisePhone(number, "US")).toBe(number);
    expect(maskPhone(number)).toMatch(/^\+\d{1,3}\*{5}\d{0,3}$/);
  });
  fc.assert(property, { numRuns: 3_000, seed: 23 });
  expect(accepted).toBeGreaterThan(50);
});

test("no text makes it throw", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom(..."+0-(/) ٢") }),
  );
  fc.assert(
    fc.property(text, (any) => {
      normalisePhone(any);
      normalisePhone(any, "KE");
      return maskPhone(any).includes("***");
    }),
  );
});

test.for([
  ["+254712345678", "+254*****678"],
  ["+12025550143", "+1*****143"],
  ["+442079460018", "+44*****018"],
  ["+491680", "+49*****"],
  ["0712345678", "***"],
  ["", "***"],
])("%j is shown as %s", ([number, mask]) => {
  expect(maskPhone(number!)).toBe(mask);
});

test.for([
  ["+254712345678", true],
  ["+447911123456", true],
  // The American plan does not tell mobile from fixed.
  ["+12025550123", true],
  ["+442079460018", false],
  ["+449098790000", false],
  ["+18002345678", false],
  ["+445612345678", false],
  ["not a number", false],
] as const)("whether %s can be a mobile number: %s (R-26)", ([number, isSo]) => {
  expect(canBeMobile(number)).toBe(isSo);
});
