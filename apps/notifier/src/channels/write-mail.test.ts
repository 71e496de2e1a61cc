import { createTransport } from "nodemailer";
import { expect, test } from "vitest";
import { renderPreviews } from "../templates/previews.ts";
import { writeMail } from "./write-mail.ts";

const from = { name: "Pöstern, Inc.", address: "no-reply@postern.test" };
const sender = {
  appName: "Postern",
  host: "auth.example.com",
  support: "help@example.com",
  resetPageUrl: "https://auth.example.com/reset",
};

type Mail = { name: string; to?: string; subject: string; text: string; html: string };

const head = { from, messageId: "<d1@postern.test>", date: new Date(0) };
const deliveryId = "d1";

const writeOwn = ({ to = "ada@example.com", subject, text, html }: Mail): string =>
  writeMail({ deliveryId, to, subject, text, html }, head);

/** As anybody would have nodemailer do it. */
async function writeByNodemailer(mail: Mail): Promise<string> {
  const { to = "ada@example.com", subject, text, html } = mail;
  const transport = createTransport({ streamTransport: true, buffer: true });
  const { message } = await transport.sendMail({
    ...head,
    to: { name: "", address: to },
    subject,
    text,
    html,
    textEncoding: "quoted-printable",
    headers: {
      "Auto-Submitted": "auto-generated",
      "X-Auto-Response-Suppress": "All",
      "X-Postern-Delivery": deliveryId,
      "X-PM-Metadata-delivery": deliveryId,
    },
    // It would write X-Pm-Metadata-Delivery, and Postmark then hands back a "Delivery".
    normalizeHeaderKey: (key) => key.replace("X-Pm-Metadata-Delivery", "X-PM-Metadata-delivery"),
  });
  return String(message);
}

/** Each has a boundary of its own. */
const nameBoundary = (mail: string): string => {
  const boundary = /boundary="(?<boundary>[^"]+)"/.exec(mail)?.groups?.boundary ?? "none";
  return mail.replaceAll(boundary, "BOUNDARY");
};

const ours = renderPreviews(sender, new Map()).flatMap((preview) =>
  preview.channel === "email" ? [{ ...preview, name: `${preview.name} ${preview.locale}` }] : [],
);

const oddBodies = {
  "lines that begin with a dot": ".\n.\r\n..\n.a",
  "a text that ends in blanks": "a \nb\t\nc  ",
  "a text without a line break at its end": "a",
  "a header in the subject": "\r\nBcc: eve@evil.example\r\n\r\n<b>Hello</b>",
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
  const subject = `About ${body.slice(0, 200)}`;
  return { name, subject, text: body, html: `<p>${body}</p>` };
});

const recipients = ["zoë@xn--mller-kva.example", `${"a".repeat(64)}@${"b".repeat(60)}.example`];
const addressed = recipients.map((to) => ({ name: to, to, subject: "s", text: "t", html: "h" }));

test("there is a mail of ours for each language", () => expect(ours.length).toBeGreaterThan(60));

test.for([...ours, ...odd, ...addressed].map((mail) => [mail.name, mail] as const))(
  "%s: not a byte differs from how nodemailer writes it",
  async ([, mail]) => {
    const own = String(Buffer.from(writeOwn(mail)));
    expect(nameBoundary(own)).toBe(nameBoundary(await writeByNodemailer(mail)));
  },
);
