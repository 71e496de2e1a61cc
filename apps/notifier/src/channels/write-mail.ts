import { randomUUID } from "node:crypto";
import { foldLines, hasLongerLines, isPlainText } from "nodemailer/lib/mime-funcs";
import MimeNode, { type MimeNodeHeaderValue } from "nodemailer/lib/mime-node";
import { encode, wrap } from "nodemailer/lib/qp";
import type { OutgoingMessage } from "./channel.ts";
import type { MailFrom } from "./mail-from.ts";

export type MailHead = Readonly<{ from: MailFrom; messageId: string; date: Date }>;

/** RFC 5322, 2.1.1 has 78; nodemailer writes 76 everywhere, which quoted-printable needs. */
const LINE_CHARACTERS_MAX = 76;

const headers = new MimeNode(false, { textEncoding: "Q" });

/**
 * The mail as it goes to the server (RFC 5322; RFC 2046, 5.1.4): the text and the same as HTML.
 *
 * Nodemailer's functions encode every value; what is ours is to join them in one piece. Its composer
 * is made for attachments of any size and writes through a chain of streams, which costs more than all
 * the rest of sending a mail (D28).
 */
export function writeMail(mail: OutgoingMessage, { from, messageId, date }: MailHead): string {
  // Drawn anew, so that no value in a mail can end a part.
  const boundary = `=_${randomUUID()}`;
  return [
    // RFC 3834: so that no holiday notice answers a code.
    "Auto-Submitted: auto-generated",
    "X-Auto-Response-Suppress: All",
    // SES and Postmark give a mail an id of their own; these come back in what they report.
    `X-Postern-Delivery: ${mail.deliveryId}`,
    `X-PM-Metadata-delivery: ${mail.deliveryId}`,
    header("From", from),
    // An object: nodemailer reads a text as a list.
    header("To", { name: "", address: mail.to }),
    header("Subject", mail.subject),
    header("Message-ID", messageId),
    header("Date", date),
    "MIME-Version: 1.0",
    `Content-Type: multipart/alternative;\r\n boundary="${boundary}"`,
    "",
    `--${boundary}`,
    part("text/plain", mail.text),
    `--${boundary}`,
    part("text/html", mail.html),
    `--${boundary}--`,
    "",
  ].join("\r\n");
}

const header = (key: string, value: MimeNodeHeaderValue): string =>
  foldLines(`${key}: ${headers.encodeHeaderValue(key, value)}`, LINE_CHARACTERS_MAX);

function part(type: string, content: string): string {
  const isReadyToSend = isPlainText(content) && !hasLongerLines(content, LINE_CHARACTERS_MAX);
  return [
    `Content-Type: ${type}; charset=utf-8`,
    `Content-Transfer-Encoding: ${isReadyToSend ? "7bit" : "quoted-printable"}`,
    "",
    isReadyToSend ? content : wrap(encode(content)),
  ].join("\r\n");
}
