import { randomBytes } from "node:crypto";
import { findUnlistedVariables } from "@postern/devkit";
import { BadEnvironmentError, type Environment } from "@postern/environment";
import { expect, test } from "vitest";
import { readConfig } from "./config.ts";

const key = () => randomBytes(32).toString("hex");

const working = {
  DATABASE_URL: "postgres://auth@127.0.0.1/postern",
  REDIS_URL: "redis://127.0.0.1:6379",
  PUBLIC_URL: "https://auth.example.com/",
  SYSTEM_ENCRYPTION_KEY: key(),
  BLIND_INDEX_KEY: key(),
};

function faultsOf(environment: Environment): readonly string[] {
  try {
    readConfig({ ...working, ...environment });
  } catch (error) {
    if (error instanceof BadEnvironmentError) {
      return error.faults;
    }
    throw error;
  }
  return [];
}

test("what is not set has its documented default", () => {
  expect(readConfig(working)).toMatchObject({
    publicUrl: "https://auth.example.com",
    issuer: "https://auth.example.com",
    tokenAudience: "https://auth.example.com",
    accessTokenSeconds: 900,
    refresh: { idleSeconds: 604_800, absoluteSeconds: 2_592_000, graceSeconds: 10 },
    otp: { lifeSeconds: 300, attemptsMax: 5 },
    passwordRules: { lengthMin: 15, history: 5, maxAgeDays: 0, breachCheckUrl: null },
    signUpMode: "open",
    listen: { host: "127.0.0.1", port: 3001 },
    operators: { host: "127.0.0.1", port: 9464 },
  });
});

test("every bad variable is named at once, and no value", () => {
  const bad = {
    DATABASE_URL: "mysql://hidden-1",
    REDIS_URL: "hidden-2",
    SYSTEM_ENCRYPTION_KEY: "hidden-3",
    CORS_ORIGINS: "hidden-4",
    LIMITS: "hidden-5=1",
    OTP_SECONDS: "601",
  };
  const faults = faultsOf(bad);
  for (const name of Object.keys(bad)) {
    expect(faults.filter((fault) => fault.startsWith(name))).toHaveLength(1);
  }
  expect(faults.join()).not.toContain("hidden");
});

test.for(["DATABASE_URL", "REDIS_URL", "PUBLIC_URL"] as const)(
  "%s with a port that is none is refused, not thrown about by a driver",
  (name) => {
    expect(faultsOf({ [name]: working[name].replace(/^(\w+:\/\/).*/, "$1host:port") })).toEqual([
      `${name} is not a URL`,
    ]);
  },
);

test.for([
  { name: "too short", hex: "ab".repeat(31), fault: "must be 64 hexadecimal digits" },
  { name: "too regular", hex: "ab".repeat(32), fault: "is too regular to be random" },
])("a key that is $name is refused", ({ hex, fault }) => {
  for (const variable of ["SYSTEM_ENCRYPTION_KEY", "BLIND_INDEX_KEY", "PASSWORD_PEPPER"]) {
    expect(faultsOf({ [variable]: hex })[0]).toContain(`${variable} ${fault}`);
  }
});

test("one key for two purposes is refused, in either case of its digits", () => {
  const shared = key();
  expect(
    faultsOf({ SYSTEM_ENCRYPTION_KEY: shared, BLIND_INDEX_KEY: shared.toUpperCase() }),
  ).toEqual(["SYSTEM_ENCRYPTION_KEY and BLIND_INDEX_KEY hold the same key"]);
  expect(
    faultsOf({ BLIND_INDEX_KEY: shared, SYSTEM_ENCRYPTION_KEYS_PREVIOUS: `7:${shared}` }),
  ).toEqual(["BLIND_INDEX_KEY and SYSTEM_ENCRYPTION_KEYS_PREVIOUS hold the same key"]);
});

test("previous keys need a form and ids of their own", () => {
  expect(faultsOf({ SYSTEM_ENCRYPTION_KEYS_PREVIOUS: key() })).toEqual([
    "SYSTEM_ENCRYPTION_KEYS_PREVIOUS must be written id:key,id:key",
  ]);
  expect(faultsOf({ SYSTEM_ENCRYPTION_KEYS_PREVIOUS: `1:${key()}` })).toEqual([
    "SYSTEM_ENCRYPTION_KEYS_PREVIOUS uses an id twice",
  ]);
  const previous = { id: 2, hex: key() };
  const text = `${previous.id}:${previous.hex}`;
  const config = readConfig({ ...working, SYSTEM_ENCRYPTION_KEYS_PREVIOUS: text });
  expect(config.keys.sealing.previous).toEqual([previous]);
});

test.for(["true", "1", "10.0.0.0/33", "0.0.0.0/0", "::/0", "proxy.local", "10.0.0.0/8/8"])(
  "TRUST_PROXY=%s is refused",
  (proxies) => {
    expect(faultsOf({ TRUST_PROXY: proxies })[0]).toMatch(/^TRUST_PROXY must list/);
  },
);

test.for(["*", "null", "https://app.example.com/", "https://*.example.com", "app.example.com"])(
  "CORS_ORIGINS=%s is refused",
  (origins) => {
    expect(faultsOf({ CORS_ORIGINS: origins })[0]).toMatch(/^CORS_ORIGINS must list/);
  },
);

test.for(["admin", "client,admin", "Client", "client driver", ","])(
  "USER_TYPES=%j is refused: no role, and never none",
  (types) => {
    expect(faultsOf({ USER_TYPES: types })[0]).toMatch(/^USER_TYPES must list/);
  },
);

test("the first of USER_TYPES is the default, and client where nothing is set", () => {
  expect(readConfig(working).userTypes).toEqual(["client"]);
  expect(readConfig({ ...working, USER_TYPES: "driver, client" }).userTypes[0]).toBe("driver");
});

test("limits are overridden by name; unknown names and numbers out of range are refused", () => {
  const config = readConfig({
    ...working,
    LIMITS: "otp_sends_per_address_per_hour=1000, otp_failures_per_day=7",
  });
  expect(config.limits).toMatchObject({
    otp_sends_per_address_per_hour: 1_000,
    otp_failures_per_day: 7,
    otp_sends_per_recipient_per_hour: 5,
  });
  expect(faultsOf({ LIMITS: "otp_failures_per_day=0,no_such_limit=5,__proto__=1" })).toEqual([
    "LIMITS gives otp_failures_per_day no whole number from 1 to 10000",
    "LIMITS names a limit that does not exist, in entry 2",
    "LIMITS names a limit that does not exist, in entry 3",
  ]);
});

test("every variable stands in .env.example, and Compose passes it on", () => {
  expect(findUnlistedVariables("auth", readConfig, working)).toEqual([]);
});
