import { html } from "./html.ts";
import { layout, signature } from "./layout.ts";
import type { Sender } from "./sender.ts";

/** What a mail with a code says beside the code. */
export type CodeMail = { subject: string; purpose: string };

export type Rendered = { subject: string; text: string; html: string };

export type CodeInput = { sender: Sender; code: string; secondsLeft: number };

const IGNORE = "If you did not ask for it, ignore this mail. Do not tell the code to anybody.";
const SECONDS_A_MINUTE = 60;

/**
 * A mail with a code. The code is not in the subject: that shows on locked screens and stands in
 * the logs of mail servers.
 */
export function renderCode({ subject, purpose }: CodeMail, input: CodeInput): Rendered {
  const { sender, code } = input;
  const life = `It is good for ${describeLife(input.secondsLeft)} and can be used once.`;
  return {
    subject,
    text: [purpose, code, life, IGNORE, `-- \n${signature(sender.appName, sender.host)}\n`].join(
      "\n\n",
    ),
    html: layout(
      sender,
      html`<p style="margin:0 0 16px">${purpose}</p>
<p style="margin:0 0 16px;font:700 32px/1.2 ui-monospace,monospace;letter-spacing:4px">${code}</p>
<p style="margin:0 0 16px">${life}</p>
<p style="margin:0;color:#71717a">${IGNORE}</p>`,
    ),
  };
}

/** Whole minutes, to the nearest; below one and a half, seconds tell nobody anything: one minute. */
export function describeLife(seconds: number): string {
  const minutes = Math.max(1, Math.round(seconds / SECONDS_A_MINUTE));
  return minutes === 1 ? "1 minute" : `${minutes} minutes`;
}
