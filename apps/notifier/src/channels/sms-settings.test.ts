import { expect, test } from "vitest";
import { CircuitBreaker } from "./circuit-breaker.ts";
import { readCost } from "./read-cost.ts";
import { readSmsOrder } from "./sms-order.ts";
import { measureSms } from "./sms-segments.ts";
import { findSmsFaults, readSmsSettings } from "./sms-settings.ts";

test("the order of providers is read by country, and one alone is for all", () => {
  expect([...readSmsOrder("KE:africas_talking>twilio,*:twilio")!]).toEqual([
    ["KE", ["africas_talking", "twilio"]],
    ["*", ["twilio"]],
  ]);
  expect([...readSmsOrder("inbox")!]).toEqual([["*", ["inbox"]]]);
});

test.for([
  "",
  "twilio,twilio",
  "KE:",
  "Kenya:twilio",
  "KE:twilio>twilio",
  "KE:nexmo",
  "a:b:twilio",
])("%j is no order of providers", (text) => {
  expect(readSmsOrder(text)).toBeNull();
});

test("a provider that is named must be whole, and every missing variable is named", () => {
  expect(findSmsFaults({})).toEqual([]);
  expect(findSmsFaults({ SMS_PROVIDERS: "nobody" })).toHaveLength(1);
  expect(findSmsFaults({ SMS_PROVIDERS: "KE:africas_talking>twilio", TWILIO_FROM: "+1" })).toEqual([
    "AFRICAS_TALKING_USERNAME is missing: SMS_PROVIDERS names africas_talking",
    "AFRICAS_TALKING_API_KEY is missing: SMS_PROVIDERS names africas_talking",
    "TWILIO_ACCOUNT_SID is missing: SMS_PROVIDERS names twilio",
    "TWILIO_AUTH_TOKEN is missing: SMS_PROVIDERS names twilio",
  ]);
  expect(readSmsSettings({ SES_TOPIC_ARNS: "" } as never).order.size).toBe(0);
});

test.for([
  ["a".repeat(160), "GSM-7", 1],
  ["a".repeat(161), "GSM-7", 2],
  ["a".repeat(306), "GSM-7", 2],
  ["a".repeat(307), "GSM-7", 3],
  [`${"a".repeat(158)}€`, "GSM-7", 1],
  [`${"a".repeat(159)}€`, "GSM-7", 2],
  ["ê".repeat(70), "UCS-2", 1],
  ["ê".repeat(71), "UCS-2", 2],
  ["🔑".repeat(35), "UCS-2", 1],
  ["🔑".repeat(36), "UCS-2", 2],
] as const)("%s… is %s of %i segments", ([text, encoding, segments]) => {
  expect(measureSms(text)).toEqual({ encoding, segments });
});

test.for([
  ["-0.00750", "USD", 7_500],
  ["0.8000", "KES", 800_000],
  ["12", "KES", 12_000_000],
  ["0.0000019", "USD", 1],
] as const)("%s %s is %i millionths", ([amount, currency, micros]) => {
  expect(readCost(amount, currency)).toEqual({ micros, currency });
});

test.for([
  ["", "USD"],
  ["1e3", "USD"],
  ["1", "Ksh"],
  ["NaN", "KES"],
  ["1.", "KES"],
] as const)("%s %s is no price", ([amount, currency]) => {
  expect(readCost(amount, currency)).toBeNull();
});

test("a breaker opens at the fifth fault in a row, and lets one through after 30 s", () => {
  const breaker = new CircuitBreaker();
  const at = (seconds: number) => new Date(seconds * 1_000);
  for (let fault = 0; fault < 4; fault++) breaker.note(true, at(0));
  breaker.note(false, at(0));
  for (let fault = 0; fault < 5; fault++) {
    expect(breaker.permits(at(1))).toBe(true);
    breaker.note(true, at(1));
  }
  expect(breaker.permits(at(30))).toBe(false);
  expect([breaker.permits(at(31)), breaker.permits(at(31))]).toEqual([true, false]);
  breaker.note(false, at(32));
  expect(breaker.isOpen).toBe(false);
});
