import { normaliseEmail, normalisePhone } from "@postern/crypto";
import type { Recipient } from "@postern/messages";
import { CliError } from "../cli-error.ts";

/** An address or an international number, as it stands behind the log's index. */
export function readRecipient(text: string | undefined): Recipient {
  const email = normaliseEmail(text ?? "");
  if (email !== null) return { channel: "email", to: email };
  const phone = normalisePhone(text ?? "");
  if (phone !== null) return { channel: "sms", to: phone };
  throw new CliError("--to is neither an email address nor a phone number such as +254712345678.");
}
