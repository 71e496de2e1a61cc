import { codePurposes, type MessageName, messages } from "@postern/messages";
import { expect, test } from "vitest";
import { measureSms } from "../channels/sms-segments.ts";
import { catalogues } from "./find-template.ts";
import { createRenderer } from "./render.ts";
import { sampleMessage } from "./sample-message.ts";
import { smsName } from "./sms-text.ts";

/** As long as APP_NAME may be, in letters of one septet. */
const LONGEST_NAME = "N".repeat(32);
/** As long as a host may be without costing the longest of our texts its last line. */
const LONG_HOST = "accounts.example.co.ke";
const sender = { appName: LONGEST_NAME, host: LONG_HOST, support: null, resetPageUrl: null };
const texts = (Object.keys(messages) as MessageName[])
  .filter((name) => messages[name].channel === "sms")
  .flatMap((name) => catalogues.map(({ locale }) => ({ name, locale })));

test.for(texts)(
  "$name in $locale is one segment with the longest name, code and life",
  ({ name, locale }) => {
    const message = sampleMessage(name);
    const longest = { ...message, code: message.code && "12345678" };
    const { text } = createRenderer(sender)(longest, { locale, secondsLeft: 600 });
    expect(measureSms(text)).toEqual({ encoding: "GSM-7", segments: 1 });
    expect(text).toContain(LONGEST_NAME);
    if (message.code) expect(text.split("\n").at(-1)).toBe(`@${LONG_HOST} #12345678`);
  },
);

test("a host too long for the segment costs the last line, not a second segment", () => {
  const host = `${"a".repeat(60)}.example.com`;
  const { text } = createRenderer({ ...sender, host })(sampleMessage("sign_in_code_sms"), {
    locale: "fr",
    secondsLeft: 300,
  });
  expect(measureSms(text).segments).toBe(1);
  expect(text).not.toContain("@");
});

test.for([
  { appName: "Fahaçi ’26", written: "Fahaci 26" },
  { appName: "Café Ñandú", written: "Café Ñandu" },
  { appName: "微信", written: "auth.example.com" },
])("$appName stands in a text as $written", ({ appName, written }) => {
  expect(smsName({ appName, host: "auth.example.com" })).toBe(written);
});

test("every purpose of a code has a message", () => {
  const carried = Object.values(messages).map((it) => ("purpose" in it ? it.purpose : null));
  for (const purpose of codePurposes) expect(carried).toContain(purpose);
});
