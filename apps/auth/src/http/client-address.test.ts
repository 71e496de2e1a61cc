import { parseProxies } from "@postern/environment";
import { expect, test } from "vitest";
import { clientAddress, networkOf } from "./client-address.ts";
import { cleanHeader } from "./origin.ts";

const { proxies } = parseProxies("10.0.0.0/8, fd00::/8, 2001:db8:ffff::1");

const from = (remoteAddress: string | undefined, forwardedFor?: string) =>
  clientAddress({ remoteAddress, forwardedFor }, proxies);

test("a peer that is no proxy of ours cannot choose its address (A-20)", () => {
  expect(from("203.0.113.9", "6.6.6.6")).toBe("203.0.113.9");
  expect(from("2001:db8::9", "6.6.6.6")).toBe("2001:db8::9");
});

test.for([
  { forwardedFor: "198.51.100.7", address: "198.51.100.7" },
  { forwardedFor: "6.6.6.6, 198.51.100.7", address: "198.51.100.7" },
  { forwardedFor: "6.6.6.6, 198.51.100.7, 10.1.1.1", address: "198.51.100.7" },
  { forwardedFor: "198.51.100.7:4711", address: "198.51.100.7" },
  { forwardedFor: "[2001:DB8:0::7]:4711", address: "2001:db8::7" },
  { forwardedFor: "::ffff:198.51.100.7", address: "198.51.100.7" },
  { forwardedFor: "1.2.3.4, evil", address: "10.0.0.2" },
  { forwardedFor: "", address: "10.0.0.2" },
  { forwardedFor: "10.0.0.9", address: "10.0.0.9" },
])("behind our proxy X-Forwarded-For $forwardedFor means $address", ({ forwardedFor, address }) => {
  expect(from("10.0.0.2", forwardedFor)).toBe(address);
  expect(from("::ffff:10.0.0.2", forwardedFor)).toBe(address);
});

test("a chain of a thousand hops is not walked to its end", () => {
  const chain = ["6.6.6.6", ...Array.from({ length: 1_000 }, () => "10.0.0.3")].join(",");
  expect(from("10.0.0.2", chain)).toBe("10.0.0.3");
});

test("IPv4 mapped into IPv6, zones and closed sockets have one form (A-21)", () => {
  expect(from("::ffff:127.0.0.1")).toBe("127.0.0.1");
  expect(from("::FFFF:7f00:1")).toBe("127.0.0.1");
  expect(from("fe80::1%eth0")).toBe("fe80::1");
  expect(from(undefined)).toBe("0.0.0.0");
});

test("a thousand addresses of one /64 are one network, fifty IPv4 addresses are fifty (A-21)", () => {
  const six = Array.from({ length: 1_000 }, (_, i) => networkOf(`2001:db8:1:2::${i.toString(16)}`));
  expect(new Set(six)).toEqual(new Set(["2001:db8:1:2::/64"]));
  const four = Array.from({ length: 50 }, (_, i) => networkOf(from(`::ffff:192.0.2.${i}`)));
  expect(new Set(four).size).toBe(50);
});

test.for([
  ["::", "0:0:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["2001:db8::", "2001:db8:0:0::/64"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8:0:0:1::", "2001:db8:0:0::/64"],
] as const)("the network of %s is %s", ([address, network]) => {
  expect(networkOf(from(address))).toBe(network);
});

test("a user agent of 8 KB with control characters is stored cut and cleaned (A-24)", () => {
  const cleaned = cleanHeader(`a\u0000b\u001b[31m\ud800${"x".repeat(8_000)}`, 512);
  expect(cleaned).toHaveLength(512);
  expect(cleaned?.isWellFormed()).toBe(true);
  expect(cleaned).not.toMatch(/\p{Cc}/u);
  expect(cleanHeader(`${"x".repeat(511)}😀`, 512)?.isWellFormed()).toBe(true);
  expect(cleanHeader(" \u0007 ", 512)).toBeNull();
  expect(cleanHeader(undefined, 512)).toBeNull();
});
