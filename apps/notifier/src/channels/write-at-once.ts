import { Readable } from "node:stream";
import type { MailMessage } from "nodemailer";
import type MimeNode from "nodemailer/lib/mime-node";
import { encode, wrap } from "nodemailer/lib/qp";

/**
 * A nodemailer plugin for mails of text alone, in no base64: the mail is written down in
 * one piece. Nodemailer composes it all the same; but it writes a dozen pieces through a chain of
 * streams, which suits attachments of any size, and costs more than the rest of a send
 * (`pnpm bench notifier`).
 */
export function writeAtOnce({ message }: MailMessage, done: () => void): void {
  const whole = Buffer.from(`${write(message)}\r\n`);
  message.createReadStream = () => Readable.from(whole);
  done();
}

function write(node: MimeNode): string {
  // First: this also chooses the boundary.
  const headers = node.buildHeaders();
  return `${headers}\r\n\r\n${node.multipart ? writeParts(node) : writeText(node)}`;
}

/** RFC 2046, 5.1.1. */
function writeParts({ boundary, childNodes }: MimeNode): string {
  const parts = childNodes.map((part) => `--${boundary}\r\n${write(part)}\r\n`);
  return `${parts.join("")}--${boundary}--`;
}

function writeText(node: MimeNode): string {
  const text = String(node.content);
  return node.getTransferEncoding() === "quoted-printable" ? wrap(encode(text)) : text;
}
