import {
  commonVariables,
  type Environment,
  findKeyFaults,
  findListenerFaults,
  type ListenerSettings,
  listenerVariables,
  port,
  readEnvironment,
  readKeys,
  readListenerSettings,
  type ServiceKeys,
} from "@postern/environment";
import { type Static, Type } from "typebox";
import {
  type AlertSettings,
  alertVariables,
  findAlertFaults,
  readAlertSettings,
} from "./alerts/alert-settings.ts";
import {
  type BudgetSettings,
  budgetVariables,
  findBudgetFaults,
  readBudgetSettings,
} from "./budget/budget-settings.ts";
import { callbackVariables, readTopicArns } from "./callbacks/callback-settings.ts";
import { type MailFrom, readMailFrom } from "./channels/mail-from.ts";
import { readSmsOrder } from "./channels/sms-order.ts";
import {
  findSmsFaults,
  readSmsSettings,
  type SmsSettings,
  smsVariables,
} from "./channels/sms-settings.ts";
import { readSmtpUrl, type SmtpServer } from "./channels/smtp-server.ts";
import {
  findPumpingFaults,
  type PumpingSettings,
  pumpingVariables,
  readPumpingSettings,
} from "./pumping/pumping-settings.ts";
import type { Sender } from "./templates/sender.ts";
import {
  findTemplateFaults,
  readSender,
  templateVariables,
} from "./templates/template-settings.ts";

const NotifierEnvironment = Type.Object({
  ...commonVariables,
  ...listenerVariables,
  SMTP_URL: Type.String({ description: "the mail server, smtps://user:password@host" }),
  ...smsVariables,
  ...budgetVariables,
  ...pumpingVariables,
  REDIS_URL: Type.String({
    pattern: "^rediss?://.",
    default: "redis://127.0.0.1:6379",
    description: "where text messages are counted; needed for nothing else",
  }),
  ...callbackVariables,
  ...templateVariables,
  ...alertVariables,
  MAIL_FROM: Type.String({ description: "the sender, Example <no-reply@example.com>" }),
  NOTIFIER_HOST: Type.String({ default: "127.0.0.1" }),
  NOTIFIER_PORT: port(3002),
  NOTIFIER_METRICS_HOST: Type.String({ default: "127.0.0.1" }),
  NOTIFIER_METRICS_PORT: port(9465),
});

type Values = Static<typeof NotifierEnvironment>;

export type Config = ListenerSettings &
  Readonly<{
    databaseUrl: string;
    databaseSchema: string;
    keys: ServiceKeys;
    smtp: Readonly<{ server: SmtpServer; from: MailFrom }>;
    sms: SmsSettings;
    smsBudget: BudgetSettings | null;
    smsPumping: PumpingSettings;
    /** Null where no text is sent: nothing else needs Redis. */
    redisUrl: string | null;
    sesTopicArns: readonly string[];
    sender: Sender;
    /** The folder of TEMPLATES_DIR; null without one. */
    templatesFolder: string | null;
    alerts: AlertSettings;
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
    ...readListenerSettings(values),
    databaseSchema: values.DATABASE_SCHEMA,
    keys: readKeys(values),
    smtp: readSmtp(values),
    sms: readSmsSettings(values),
    ...readSmsGuard(values),
    sesTopicArns: readTopicArns(values.SES_TOPIC_ARNS),
    sender: readSender(values),
    templatesFolder: values.TEMPLATES_DIR ?? null,
    alerts: readAlertSettings(values),
    logLevel: values.LOG_LEVEL,
    listen: { host: values.NOTIFIER_HOST, port: values.NOTIFIER_PORT },
    operators: { host: values.NOTIFIER_METRICS_HOST, port: values.NOTIFIER_METRICS_PORT },
    commit: values.POSTERN_COMMIT,
  });
}

function readSmsGuard(values: Values): Pick<Config, "smsBudget" | "smsPumping" | "redisUrl"> {
  const smsPumping = readPumpingSettings(values);
  return {
    smsPumping,
    smsBudget: readBudgetSettings(values, smsPumping.countries),
    redisUrl: values.SMS_PROVIDERS === undefined ? null : values.REDIS_URL,
  };
}

function readSmtp(values: Values): Config["smtp"] {
  const server = readSmtpUrl(values.SMTP_URL);
  const from = readMailFrom(values.MAIL_FROM, values.APP_NAME);
  if (!server || !from) throw new TypeError("findFaults() lets no such value pass.");
  return { server, from };
}

function findFaults(values: Partial<Values>): string[] {
  const { SMTP_URL, MAIL_FROM } = values;
  return [
    ...findKeyFaults(values),
    ...findListenerFaults(values),
    ...findSmsFaults(values),
    ...findBudgetFaults(values, readSmsOrder(values.SMS_PROVIDERS ?? "") ?? new Map()),
    ...findPumpingFaults(values),
    ...findTemplateFaults(values),
    ...findAlertFaults(values),
    ...faultIf(
      SMTP_URL !== undefined && readSmtpUrl(SMTP_URL) === null,
      "SMTP_URL is not smtp://host:port or smtps://user:password@host, without path and options",
    ),
    ...faultIf(
      MAIL_FROM !== undefined && readMailFrom(MAIL_FROM, "") === null,
      "MAIL_FROM is not an address such as Example <no-reply@example.com>",
    ),
  ];
}

const faultIf = (isFault: boolean, line: string): string[] => (isFault ? [line] : []);
