import { createTransport } from "nodemailer";
import { expect, test } from "vitest";
import { renderPreviews } from "../templates/previews.ts";
import { toMail } from "./smtp.ts";
import { writeAtOnce } from "./write-at-once.ts";

const from = { name: "Pöstern, Inc.", address: "no-reply@postern.test" };
const sender = {
  appName: "Postern",
  host: "auth.example.com",
  support: "help@example.com",
  resetPageUrl: "https://auth.example.com/reset",
};

type Text = { name: string; subject: string; text: string; html: string };

async function writeMail({ subject, text, html }: Text, isAtOnce: boolean): Promise<string> {
  const transport = createTransport({ streamTransport: true, buffer: true });
  if (isAtOnce) transport.use("stream", writeAtOnce);
  const mail = toMail({ deliveryId: "d1", to: "ada@example.com", subject, text, html }, from);
  const { message } = await transport.sendMail({ ...mail, date: new Date(0) });
  return String(message);
}

const ours = renderPreviews(sender, new Map()).flatMap((preview) =>
  preview.channel === "email" ? [{ ...preview, name: `${preview.name} ${preview.locale}` }] : [],
);

const oddBodies = {
  "lines that begin with a dot": ".\n.\r\n..\n.a",
  "a text that ends in blanks": "a \nb\t\nc  ",
  "a text without a line break at its end": "a",
  "many line breaks": "\n\n\r\n\r\n\n",
  "lone carriage returns": "a\rb\r.\rc",
  "a line of 3,000": "abc=".repeat(750),
  "a line of 3,000 without a place to break": "é".repeat(1_500),
  "letters of four bytes": "𝕏🙂".repeat(400),
  "half a letter": "a\ud800b",
  "what looks like a boundary": "----_NmP-d1-Part_1\r\n\r\n----_NmP-d1-Part_1--",
  "100,000 characters": "Ünicode, and = signs. ".repeat(4_546),
};
const odd = Object.entries(oddBodies).map(([name, body]) => {
  const subject = body.replaceAll(/\s+/g, " ").slice(0, 200);
  return { name, subject, text: body, html: `<p>${body}</p>` };
});

test.for([...ours, ...odd].map((mail) => [mail.name, mail] as const))(
  "%s: not a byte differs from how nodemailer writes it",
  async ([, mail]) => {
    expect(await writeMail(mail, true)).toBe(await writeMail(mail, false));
  },
);
