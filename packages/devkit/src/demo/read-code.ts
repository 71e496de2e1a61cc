import { setTimeout as sleep } from "node:timers/promises";
import type { InboxMessage } from "../inbox/mailbox.ts";
import { expectSeen } from "./step.ts";

const WAIT_MILLISECONDS = 10_000;
const POLL_MILLISECONDS = 25;

export type CodeMail = { code: string; subject: string; milliseconds: number };

/** Waits for the mail as the person would: in the inbox that received it over SMTP. */
export async function readCode(inboxUrl: string, to: string): Promise<CodeMail> {
  const startedAt = performance.now();
  while (performance.now() - startedAt < WAIT_MILLISECONDS) {
    const response = await fetch(`${inboxUrl}/api/messages`);
    const messages = (await response.json()) as InboxMessage[];
    const mail = messages.find((message) => message.to === to);
    const code = /\b(\d{8}|\d{6})\b/.exec(mail?.text ?? "")?.[1];
    if (mail && code) {
      const milliseconds = Math.round(performance.now() - startedAt);
      return { code, subject: mail.subject, milliseconds };
    }
    await sleep(POLL_MILLISECONDS);
  }
  expectSeen(false, "the mail with the code within 10 s");
}
