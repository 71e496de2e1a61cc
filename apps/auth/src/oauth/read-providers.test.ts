import { randomBytes } from "node:crypto";
import { BadEnvironmentError, type Environment } from "@postern/environment";
import { expect, test } from "vitest";
import { readConfig } from "../config.ts";

const key = () => randomBytes(32).toString("hex");

const working = {
  DATABASE_URL: "postgres://auth@127.0.0.1/postern",
  REDIS_URL: "redis://127.0.0.1:6379",
  PUBLIC_URL: "https://auth.example.com",
  SYSTEM_ENCRYPTION_KEY: key(),
  BLIND_INDEX_KEY: key(),
};

const acme = {
  OIDC_ACME_WORK_ISSUER: "https://login.acme.example/work",
  OIDC_ACME_WORK_CLIENT_ID: "postern",
  OIDC_ACME_WORK_CLIENT_SECRET: "hidden-secret",
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

test("without a variable there is no provider, and nowhere to return to", () => {
  expect(readConfig(working)).toMatchObject({ providers: [], redirectUrls: [] });
});

test("Google needs its client id alone; any other provider is named by its variables", () => {
  const environment = { ...working, ...acme, GOOGLE_CLIENT_ID: "of-google" };
  expect(readConfig(environment).providers).toEqual([
    {
      id: "google",
      issuer: "https://accounts.google.com",
      clientId: "of-google",
      clientSecret: null,
    },
    {
      id: "acme-work",
      issuer: "https://login.acme.example/work",
      clientId: "postern",
      clientSecret: "hidden-secret",
    },
  ]);
});

test.for([
  [{ OIDC_ACME_ISSUER: "https://acme.example" }, "OIDC_ACME_CLIENT_ID"],
  [{ OIDC_ACME_CLIENT_SECRET: "hidden" }, "OIDC_ACME_ISSUER"],
  [{ ...acme, OIDC_ACME_WORK_ISSUER: "http://hidden.example" }, "OIDC_ACME_WORK_ISSUER"],
  [{ ...acme, OIDC_ACME_WORK_ISSUER: "hidden" }, "OIDC_ACME_WORK_ISSUER"],
  [{ ...acme, OIDC_ACME_WORK_ISSUER: "https://hidden.example?x" }, "OIDC_ACME_WORK_ISSUER"],
  [{ GOOGLE_CLIENT_ID: "x", GOOGLE_ISSUER: "http://hidden.example" }, "GOOGLE_ISSUER"],
  [
    { OIDC_GOOGLE_ISSUER: "https://hidden.example", OIDC_GOOGLE_CLIENT_ID: "x" },
    "OIDC_GOOGLE_ISSUER",
  ],
  [
    { ...acme, OIDC_B_ISSUER: acme.OIDC_ACME_WORK_ISSUER, OIDC_B_CLIENT_ID: "x" },
    "OIDC_<NAME>_ISSUER",
  ],
  [{ REDIRECT_URLS: "https://app.example.com,javascript:hidden" }, "REDIRECT_URLS"],
  [{ REDIRECT_URLS: "http://hidden.example" }, "REDIRECT_URLS"],
  [{ REDIRECT_URLS: "https://app.example.com/#hidden" }, "REDIRECT_URLS"],
  [{ REDIRECT_URLS: "//hidden.example" }, "REDIRECT_URLS"],
] as const)("a bad provider or address stops the start: %j", ([environment, variable]) => {
  const faults = faultsOf(environment);
  expect(faults.some((fault) => fault.startsWith(variable))).toBe(true);
  expect(faults.join()).not.toContain("hidden");
});

test("an issuer on this machine may do without https, and an app may have its own scheme", () => {
  const environment = {
    ...acme,
    OIDC_ACME_WORK_ISSUER: "http://127.0.0.1:4000",
    REDIRECT_URLS: "com.example.app:/signed-in,http://localhost:5173/signed-in",
  };
  expect(faultsOf(environment)).toEqual([]);
});
