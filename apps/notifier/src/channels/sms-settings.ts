import { type Static, Type } from "typebox";
import type { AfricasTalkingOptions } from "./africas-talking.ts";
import { readSmsOrder, type SmsOrder, type SmsProviderName } from "./sms-order.ts";
import type { TwilioOptions } from "./twilio.ts";

const text = (description: string) => Type.Optional(Type.String({ description }));
const url = (description: string) =>
  Type.Optional(Type.String({ pattern: "^https?://[^?#]+$", description }));

/** The variables of text messages. Without SMS_PROVIDERS none is sent. */
export const smsVariables = {
  SMS_PROVIDERS: text("the order of providers, KE:africas_talking>twilio,*:twilio"),
  TWILIO_ACCOUNT_SID: Type.Optional(Type.String({ pattern: "^AC[0-9a-f]{32}$" })),
  TWILIO_AUTH_TOKEN: text("the account's own token, which also signs receipts"),
  TWILIO_FROM: text("a number, a sender name or a messaging service (MG…)"),
  TWILIO_BASE_URL: url("another API than Twilio's, for tests"),
  AFRICAS_TALKING_USERNAME: text("the app's user name"),
  AFRICAS_TALKING_API_KEY: text("its key"),
  AFRICAS_TALKING_FROM: text("a short code or sender name"),
  AFRICAS_TALKING_BASE_URL: url("https://api.sandbox.africastalking.com for the sandbox"),
  SMS_WEBHOOK_URL: url("a service of your own that takes text messages"),
  SMS_WEBHOOK_SECRET: Type.Optional(
    Type.String({ minLength: 32, description: "signs what goes there and what comes back" }),
  ),
  INBOX_URL: url("the page of the development inbox"),
  NOTIFIER_PUBLIC_URL: url("where providers reach /callbacks"),
};

const Variables = Type.Object(smsVariables);
type Values = Static<typeof Variables>;

export type SmsSettings = Readonly<{
  order: SmsOrder;
  twilio: Omit<TwilioOptions, "callbackUrl"> | null;
  africasTalking: AfricasTalkingOptions | null;
  webhook: Readonly<{ url: string; secret: string }> | null;
  inboxUrl: string | null;
  /** Without a slash at the end; null where no provider can reach us. */
  publicUrl: string | null;
}>;

const AFRICAS_TALKING_URL = "https://api.africastalking.com";

const needed: Readonly<Record<SmsProviderName, readonly (keyof Values)[]>> = {
  twilio: ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM"],
  africas_talking: ["AFRICAS_TALKING_USERNAME", "AFRICAS_TALKING_API_KEY"],
  webhook: ["SMS_WEBHOOK_URL", "SMS_WEBHOOK_SECRET"],
  inbox: ["INBOX_URL"],
};

export function readSmsSettings(values: Values): SmsSettings {
  const given = givenOf(values);
  return {
    order: (values.SMS_PROVIDERS && readSmsOrder(values.SMS_PROVIDERS)) || new Map(),
    twilio: given.twilio && { ...given.twilio, baseUrl: values.TWILIO_BASE_URL ?? null },
    africasTalking: given.africasTalking && {
      ...given.africasTalking,
      from: values.AFRICAS_TALKING_FROM ?? null,
      baseUrl: withoutSlash(values.AFRICAS_TALKING_BASE_URL ?? AFRICAS_TALKING_URL),
    },
    webhook: given.webhook,
    inboxUrl: values.INBOX_URL ? withoutSlash(values.INBOX_URL) : null,
    publicUrl: values.NOTIFIER_PUBLIC_URL ? withoutSlash(values.NOTIFIER_PUBLIC_URL) : null,
  };
}

function givenOf(values: Values) {
  const { TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken } = values;
  const { TWILIO_FROM: from, SMS_WEBHOOK_URL: webhookUrl, SMS_WEBHOOK_SECRET: secret } = values;
  const { AFRICAS_TALKING_USERNAME: username, AFRICAS_TALKING_API_KEY: apiKey } = values;
  return {
    twilio: accountSid && authToken && from ? { accountSid, authToken, from } : null,
    africasTalking: username && apiKey ? { username, apiKey } : null,
    webhook: webhookUrl && secret ? { url: webhookUrl, secret } : null,
  };
}

/** Every provider that is named must be whole. */
export function findSmsFaults(values: Partial<Values>): string[] {
  const { SMS_PROVIDERS } = values;
  if (SMS_PROVIDERS === undefined) return [];
  const order = readSmsOrder(SMS_PROVIDERS);
  if (!order) return ["SMS_PROVIDERS is not a list such as KE:africas_talking>twilio,*:twilio"];
  return [...new Set([...order.values()].flat())].flatMap((provider) =>
    needed[provider]
      .filter((name) => values[name] === undefined)
      .map((name) => `${name} is missing: SMS_PROVIDERS names ${provider}`),
  );
}

const withoutSlash = (address: string): string => address.replace(/\/+$/, "");
