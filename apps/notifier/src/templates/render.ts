import type { MessageName, OpenedMessage } from "@postern/messages";
import { type CodeMail, type Rendered, renderCode } from "./render-code.ts";
import type { Sender } from "./sender.ts";

const MAILS: Readonly<Record<MessageName, (appName: string) => CodeMail>> = {
  verify_email_code: (appName) => ({
    subject: `Confirm your email address for ${appName}`,
    purpose: `Enter this code to confirm your email address for ${appName}:`,
  }),
  sign_in_code: (appName) => ({
    subject: `Your sign-in code for ${appName}`,
    purpose: `Enter this code to sign in to ${appName}:`,
  }),
};

export type RenderInput = { sender: Sender; secondsLeft: number };

/** Writes a message out. English alone so far; another locale falls back to it. */
export function render(message: OpenedMessage, { sender, secondsLeft }: RenderInput): Rendered {
  const mail = MAILS[message.name](sender.appName);
  return renderCode(mail, { sender, code: message.code, secondsLeft });
}
