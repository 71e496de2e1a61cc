import { messages, type OpenedMessage } from "@postern/messages";
import { type CodeMail, renderCode } from "./render-code.ts";
import type { Sender } from "./sender.ts";

export type RenderInput = { sender: Sender; secondsLeft: number; locale: string };

/** A message as its channel sends it. */
export type Rendered =
  | Readonly<{ channel: "email"; subject: string; text: string; html: string }>
  | Readonly<{ channel: "sms"; text: string }>;

const mails: Readonly<Record<string, (appName: string) => CodeMail>> = {
  verify_email_code: (appName) => ({
    subject: `Confirm your email address for ${appName}`,
    purpose: `Enter this code to confirm your email address for ${appName}:`,
  }),
  sign_in_code: (appName) => ({
    subject: `Your sign-in code for ${appName}`,
    purpose: `Enter this code to sign in to ${appName}:`,
  }),
};

/** Writes a message out. English alone so far; another locale falls back to it. */
export function render(message: OpenedMessage, { sender, secondsLeft }: RenderInput): Rendered {
  const code = message.code ?? "";
  if (messages[message.name].channel === "sms") return { channel: "sms", text: code };
  const mail = (mails[message.name] ?? mails["sign_in_code"])?.(sender.appName);
  const rendered = renderCode(mail ?? { subject: "", purpose: "" }, { sender, code, secondsLeft });
  return { channel: "email", ...rendered };
}
