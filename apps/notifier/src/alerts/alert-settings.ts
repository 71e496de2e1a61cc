import { normaliseEmail } from "@postern/crypto";
import { type Static, Type } from "typebox";

/** The variables of alerts. Without an address and a URL nobody is told. */
export const alertVariables = {
  ALERT_EMAILS: Type.String({ default: "", description: "addresses, with commas between" }),
  ALERT_WEBHOOK_URL: Type.Optional(
    Type.String({ pattern: "^https?://[^#]+$", description: "where alerts are posted" }),
  ),
  ALERT_WEBHOOK_SECRET: Type.Optional(
    Type.String({ minLength: 32, description: "signs what is posted there" }),
  ),
};

const Variables = Type.Object(alertVariables);
type Values = Static<typeof Variables>;

export type AlertSettings = Readonly<{
  /** Normalised. */
  emails: readonly string[];
  webhook: Readonly<{ url: string; secret: string }> | null;
}>;

export function readAlertSettings(values: Values): AlertSettings {
  const { ALERT_WEBHOOK_URL: url, ALERT_WEBHOOK_SECRET: secret } = values;
  const emails = addressesIn(values.ALERT_EMAILS).map(normaliseEmail);
  return {
    emails: [...new Set(emails.filter((it) => it !== null))],
    webhook: url !== undefined && secret !== undefined ? { url, secret } : null,
  };
}

export function findAlertFaults(values: Partial<Values>): string[] {
  const { ALERT_EMAILS = "", ALERT_WEBHOOK_URL: url, ALERT_WEBHOOK_SECRET: secret } = values;
  const areAddresses = addressesIn(ALERT_EMAILS).every((it) => normaliseEmail(it) !== null);
  return [
    ...(areAddresses ? [] : ["ALERT_EMAILS is not a list of addresses"]),
    ...(url === undefined || URL.canParse(url) ? [] : ["ALERT_WEBHOOK_URL is not a URL"]),
    ...(url !== undefined && secret === undefined
      ? ["ALERT_WEBHOOK_SECRET is missing: ALERT_WEBHOOK_URL is set"]
      : []),
  ];
}

const addressesIn = (list: string): string[] =>
  list
    .split(",")
    .map((it) => it.trim())
    .filter((it) => it !== "");
