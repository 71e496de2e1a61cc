import { expect, test } from "vitest";
import { describeDevice, fingerprintOf } from "./describe-device.ts";

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const CHROME =
  "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36";
const IPHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";

const from = (userAgent: string | null, acceptLanguage: string | null = null) => ({
  userAgent,
  acceptLanguage,
});

const fingerprint = (origin: Parameters<typeof fingerprintOf>[0]) =>
  fingerprintOf(origin, describeDevice(origin));

test.for([
  { userAgent: FIREFOX, name: "Firefox on Linux", deviceType: "desktop" },
  { userAgent: CHROME, name: "Chrome on Android", deviceType: "mobile" },
  { userAgent: IPHONE, name: "Safari on iOS", deviceType: "mobile" },
  { userAgent: "curl/8.5.0", name: "Unknown device", deviceType: null },
  { userAgent: null, name: "Unknown device", deviceType: null },
])("$userAgent is $name", ({ userAgent, name, deviceType }) => {
  expect(describeDevice(from(userAgent))).toMatchObject({ name, deviceType });
});

test.for([
  "Call +1 900 555 now/1.0 (x)",
  "click http://evil.example/ now/1 foo",
  "<script>alert(1)</script>/1.0 (x)",
  "Mozilla/5.0 (Your account is closed) x/1",
  "/ ".repeat(256),
])("nothing of a user agent of the sender's own making is in the name: %s (R-16)", (userAgent) => {
  expect(describeDevice(from(userAgent))).toEqual({
    name: "Unknown device",
    browser: null,
    os: null,
    deviceType: null,
  });
});

test("client hints name what a frozen user agent hides, in known words only", () => {
  const hints = (brand: string) => ({
    ...from(CHROME),
    clientHints: { platform: "Windows", isMobile: false, brands: [{ brand, version: "141" }] },
  });
  expect(describeDevice(hints("Brave")).name).toMatch(/^Brave on /);
  expect(describeDevice(hints("Evil <b>"))).not.toMatchObject({
    name: expect.stringContaining("Evil"),
  });
});

test("an update keeps the fingerprint; another browser, language or platform changes it", () => {
  const own = fingerprint(from(FIREFOX, "en"));
  expect(fingerprint(from(FIREFOX.replaceAll("140", "141"), "en"))).toBe(own);
  expect(own).toMatch(/^[\w-]{43}$/);
  const clientHints = { platform: "Linux", isMobile: false, brands: [] };
  const others = [
    from(CHROME, "en"),
    from(FIREFOX, "sw"),
    from(FIREFOX),
    { ...from(FIREFOX, "en"), clientHints },
    { ...from(FIREFOX, "en"), clientHints: { ...clientHints, isMobile: true } },
  ].map(fingerprint);
  expect(new Set([own, ...others]).size).toBe(6);
});
