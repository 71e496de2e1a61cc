import type { RootKey } from "@postern/crypto";
import { type Environment, readEnvironment } from "@postern/environment";
import { type Static, Type } from "typebox";
import { type MailFrom, readMailFrom } from "./channels/mail-from.ts";
import { readSmtpUrl, type SmtpServer } from "./channels/smtp-server.ts";
import { findKeyFaults, readSealingKeys } from "./keys.ts";
import type { Sender } from "./templates/sender.ts";

const port = (fallback: number) =>
  Type.Integer({ minimum: 0, maximum: 65_535, default: fallback, description: "a port" });

const NotifierEnvironment = Type.Object({
  DATABASE_URL: Type.String({
    pattern: "^postgres(ql)?://.",
    description: "the address of PostgreSQL, postgres://user:password@host:5432/database",
  }),
  DATABASE_SCHEMA: Type.String({
    pattern: "^[a-z_][a-z0-9_]{0,62}$",
    default: "postern",
    description: "the PostgreSQL schema of the tables, in lower case",
  }),
  SYSTEM_ENCRYPTION_KEY: Type.String({ description: "64 hexadecimal digits, random" }),
  SYSTEM_ENCRYPTION_KEY_ID: Type.Integer({ minimum: 1, maximum: 4_294_967_295, default: 1 }),
  SYSTEM_ENCRYPTION_KEYS_PREVIOUS: Type.String({
    default: "",
    description: "id:key,id:key, keys that still open what they sealed",
  }),
  BLIND_INDEX_KEY: Type.String({ description: "64 hexadecimal digits, random, another key" }),
  SMTP_URL: Type.String({ description: "the mail server, smtps://user:password@host" }),
  MAIL_FROM: Type.String({ description: "the sender, Example <no-reply@example.com>" }),
  // It stands in subjects: no line break, no control character.
  APP_NAME: Type.String({ pattern: "^[^\\u0000-\\u001f\\u007f]{1,64}$", default: "Postern" }),
  PUBLIC_URL: Type.Optional(
    Type.String({ pattern: "^https?://[^?#]+$", description: "where people reach the service" }),
  ),
  LOG_LEVEL: Type.Enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"], {
    default: "info",
    description: "a pino level",
  }),
  NOTIFIER_HOST: Type.String({ default: "127.0.0.1" }),
  NOTIFIER_PORT: port(3002),
  NOTIFIER_METRICS_HOST: Type.String({ default: "127.0.0.1" }),
  NOTIFIER_METRICS_PORT: port(9465),
  POSTERN_COMMIT: Type.String({ default: "unknown", maxLength: 64 }),
});

type Values = Static<typeof NotifierEnvironment>;

export type Config = Readonly<{
  databaseUrl: string;
  databaseSchema: string;
  keys: Readonly<{
    sealing: { active: RootKey; previous: readonly RootKey[] };
    blindIndexHex: string;
  }>;
  smtp: Readonly<{ server: SmtpServer; from: MailFrom }>;
  sender: Sender;
  logLevel: string;
  listen: Readonly<{ host: string; port: number }>;
  operators: Readonly<{ host: string; port: number }>;
  commit: string;
}>;

/**
 * Reads the environment once, at start.
 *
 * @throws {BadEnvironmentError} naming every bad variable at once, never a value
 */
export function readConfig(environment: Environment): Config {
  const values = readEnvironment(NotifierEnvironment, environment, findFaults);
  return Object.freeze({
    databaseUrl: values.DATABASE_URL,
    databaseSchema: values.DATABASE_SCHEMA,
    keys: { sealing: readSealingKeys(values), blindIndexHex: values.BLIND_INDEX_KEY },
    smtp: readSmtp(values),
    sender: {
      appName: values.APP_NAME,
      host: values.PUBLIC_URL === undefined ? null : new URL(values.PUBLIC_URL).host,
    },
    logLevel: values.LOG_LEVEL,
    listen: { host: values.NOTIFIER_HOST, port: values.NOTIFIER_PORT },
    operators: { host: values.NOTIFIER_METRICS_HOST, port: values.NOTIFIER_METRICS_PORT },
    commit: values.POSTERN_COMMIT,
  });
}

function readSmtp(values: Values): Config["smtp"] {
  const server = readSmtpUrl(values.SMTP_URL);
  const from = readMailFrom(values.MAIL_FROM, values.APP_NAME);
  if (!server || !from) throw new TypeError("findFaults() lets no such value pass.");
  return { server, from };
}

function findFaults(values: Partial<Values>): string[] {
  const { SMTP_URL, MAIL_FROM, PUBLIC_URL } = values;
  return [
    ...findKeyFaults(values),
    ...faultIf(
      SMTP_URL !== undefined && readSmtpUrl(SMTP_URL) === null,
      "SMTP_URL is not smtp://host:port or smtps://user:password@host, without path and options",
    ),
    ...faultIf(
      MAIL_FROM !== undefined && readMailFrom(MAIL_FROM, "") === null,
      "MAIL_FROM is not an address such as Example <no-reply@example.com>",
    ),
    ...faultIf(PUBLIC_URL !== undefined && !URL.canParse(PUBLIC_URL), "PUBLIC_URL is not a URL"),
  ];
}

const faultIf = (isFault: boolean, line: string): string[] => (isFault ? [line] : []);
