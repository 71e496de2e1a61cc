import { findUnlistedVariables } from "@postern/devkit";
import { BadEnvironmentError } from "@postern/environment";
import { expect, test } from "vitest";
import { readConfig } from "./config.ts";
import { newKey } from "./testing/world.ts";

const working = {
  DATABASE_URL: "postgres://localhost/app",
  SYSTEM_ENCRYPTION_KEY: newKey(),
  BLIND_INDEX_KEY: newKey(),
  SMTP_URL: "smtp://127.0.0.1:1025",
  MAIL_FROM: "no-reply@example.com",
};

function faultsOf(changes: Readonly<Record<string, string>>): readonly string[] {
  try {
    readConfig({ ...working, ...changes });
  } catch (error) {
    if (error instanceof BadEnvironmentError) return error.faults;
    throw error;
  }
  return [];
}

test("the defaults are those that are documented", () => {
  expect(readConfig(working)).toMatchObject({
    databaseSchema: "postern",
    keys: { sealing: { active: { id: 1 }, previous: [] } },
    smtp: { from: { name: "Postern", address: "no-reply@example.com" } },
    sender: { appName: "Postern", host: null },
    logLevel: "info",
    listen: { host: "127.0.0.1", port: 3002 },
    operators: { host: "127.0.0.1", port: 9465 },
  });
});

test("previous keys and the public host are read", () => {
  const previous = newKey();
  const config = readConfig({
    ...working,
    SYSTEM_ENCRYPTION_KEY_ID: "2",
    SYSTEM_ENCRYPTION_KEYS_PREVIOUS: `1:${previous}`,
    PUBLIC_URL: "https://auth.example.com/base",
  });
  expect(config.keys.sealing.previous).toEqual([{ id: 1, hex: previous }]);
  expect(config.sender.host).toBe("auth.example.com");
});

test("reset page, support and alerts are read; the page of links is PUBLIC_URL/reset without one", () => {
  const set = {
    PUBLIC_URL: "https://auth.example.com/base/",
    SUPPORT_EMAIL: "help@example.com",
    ALERT_EMAILS: " Ops@example.com, ops@example.com ,security@example.com",
    ALERT_WEBHOOK_URL: "https://hooks.example.com/x?token=y",
    ALERT_WEBHOOK_SECRET: "s".repeat(32),
  };
  const config = readConfig({ ...working, ...set });
  expect(config.sender).toMatchObject({
    support: "help@example.com",
    resetPageUrl: "https://auth.example.com/base/reset",
  });
  expect(config.alerts).toEqual({
    emails: ["ops@example.com", "security@example.com"],
    webhook: { url: "https://hooks.example.com/x?token=y", secret: "s".repeat(32) },
  });
  const own = {
    SUPPORT_URL: "https://example.com/help",
    RESET_PAGE_URL: "https://app.example.com/r",
  };
  expect(readConfig({ ...working, ...set, ...own }).sender).toMatchObject({
    support: "https://example.com/help",
    resetPageUrl: "https://app.example.com/r",
  });
});

test.for([
  { change: { APP_NAME: "N".repeat(33) }, fault: "APP_NAME is not valid" },
  { change: { SUPPORT_EMAIL: "a@example.com, b@example.com" }, fault: "SUPPORT_EMAIL is not" },
  { change: { SUPPORT_URL: "javascript:alert(1)" }, fault: "SUPPORT_URL is not valid" },
  { change: { ALERT_EMAILS: "a@example.com;b@example.com" }, fault: "ALERT_EMAILS is not" },
  { change: { ALERT_WEBHOOK_URL: "https://x.example" }, fault: "ALERT_WEBHOOK_SECRET is missing" },
  { change: { SYSTEM_ENCRYPTION_KEY: "0".repeat(64) }, fault: "SYSTEM_ENCRYPTION_KEY is too" },
  { change: { BLIND_INDEX_KEY: working.SYSTEM_ENCRYPTION_KEY }, fault: "hold the same key" },
  { change: { SYSTEM_ENCRYPTION_KEYS_PREVIOUS: `1:${newKey()}` }, fault: "uses an id twice" },
  { change: { SYSTEM_ENCRYPTION_KEYS_PREVIOUS: "old" }, fault: "must be written id:key" },
  { change: { SMTP_URL: "smtp://mail/?tls=off" }, fault: "SMTP_URL is not" },
  { change: { MAIL_FROM: "a@example.com, b@example.com" }, fault: "MAIL_FROM is not" },
  { change: { APP_NAME: "Ada\r\nBcc: e@example.com" }, fault: "APP_NAME is not valid" },
  { change: { DATABASE_SCHEMA: 'x"; drop' }, fault: "DATABASE_SCHEMA is not valid" },
  { change: { PUBLIC_URL: "https://a b" }, fault: "PUBLIC_URL is not" },
])("$fault: $change", ({ change, fault }) => {
  const faults = faultsOf(change);
  expect(faults).toHaveLength(1);
  expect(faults[0]).toContain(fault);
});

test("every variable stands in .env.example, and Compose passes it on", () => {
  expect(findUnlistedVariables("notifier", readConfig, working)).toEqual([]);
});
