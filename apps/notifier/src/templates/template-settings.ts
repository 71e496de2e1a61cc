import { normaliseEmail } from "@postern/crypto";
import { type Static, Type } from "typebox";
import type { Sender } from "./sender.ts";

const url = (description: string) =>
  Type.Optional(Type.String({ pattern: "^https?://[^?#]+$", description }));

/** The variables of what messages say. APP_NAME is every service's. */
export const templateVariables = {
  PUBLIC_URL: url("where people reach the service"),
  RESET_PAGE_URL: url("the page of reset links, PUBLIC_URL/reset without it"),
  SUPPORT_URL: url("the page where people tell you that it was not them"),
  SUPPORT_EMAIL: Type.Optional(Type.String({ description: "the address for that" })),
  TEMPLATES_DIR: Type.Optional(
    Type.String({ description: "a folder of templates that go before our own" }),
  ),
};

const Variables = Type.Object(templateVariables);
type Values = Static<typeof Variables>;

export function readSender(values: Values & { APP_NAME: string }): Sender {
  const { PUBLIC_URL: publicUrl } = values;
  const resetPageUrl = publicUrl === undefined ? null : `${publicUrl.replace(/\/+$/, "")}/reset`;
  return {
    appName: values.APP_NAME,
    host: publicUrl === undefined ? null : new URL(publicUrl).host,
    support: values.SUPPORT_URL ?? values.SUPPORT_EMAIL ?? null,
    resetPageUrl: values.RESET_PAGE_URL ?? resetPageUrl,
  };
}

export function findTemplateFaults(values: Partial<Values>): string[] {
  const urls = (["PUBLIC_URL", "RESET_PAGE_URL", "SUPPORT_URL"] as const).filter((name) => {
    const value = values[name];
    return value !== undefined && !URL.canParse(value);
  });
  const { SUPPORT_EMAIL: email } = values;
  const isAddress = email === undefined || normaliseEmail(email) !== null;
  return [
    ...urls.map((name) => `${name} is not a URL`),
    ...(isAddress ? [] : ["SUPPORT_EMAIL is not an address"]),
  ];
}
