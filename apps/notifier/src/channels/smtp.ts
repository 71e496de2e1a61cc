import { normaliseEmail } from "@postern/crypto";
import { createTransport } from "nodemailer";
import type { Channel, OutgoingMessage, Refused, Sent } from "./channel.ts";
import { limitTime } from "./limit-time.ts";
import type { MailFrom } from "./mail-from.ts";
import { readSmtpError } from "./smtp-refusal.ts";
import type { SmtpServer } from "./smtp-server.ts";
import { writeAtOnce } from "./write-at-once.ts";

export type SmtpOptions = {
  server: SmtpServer;
  from: MailFrom;
  /** As many as messages sent at once, so that none waits inside the pool behind a slow one. */
  connectionsMax: number;
};

const CONNECT_MILLISECONDS_MAX = 3_000;
const GREETING_MILLISECONDS_MAX = 3_000;
const SILENCE_MILLISECONDS_MAX = 10_000;
/** A server that trickles its answers is never silent; this ends the attempt before its lease does. */
const SEND_MILLISECONDS_MAX = 20_000;

const INVALID_RECIPIENT: Refused = {
  sent: false,
  isFinal: true,
  errorCode: "invalid_recipient",
  errorMessage: "The recipient is no address that mail may be sent to.",
};

/**
 * Sends over a pool of SMTP connections.
 *
 * One recipient a message, given as an object and again in the envelope: nodemailer reads a text as
 * a list, where a comma or a line break adds a recipient. The Message-ID follows
 * from the delivery row alone, so all attempts at a row have the same.
 */
export function createSmtpChannel({ server, from, connectionsMax }: SmtpOptions): Channel {
  const transport = createTransport({
    pool: true,
    ...server,
    maxConnections: connectionsMax,
    connectionTimeout: CONNECT_MILLISECONDS_MAX,
    dnsTimeout: CONNECT_MILLISECONDS_MAX,
    greetingTimeout: GREETING_MILLISECONDS_MAX,
    socketTimeout: SILENCE_MILLISECONDS_MAX,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
  });
  transport.use("stream", writeAtOnce);
  return {
    async send(message, signal) {
      if (normaliseEmail(message.to) !== message.to) return INVALID_RECIPIENT;
      using limit = limitTime(signal, SEND_MILLISECONDS_MAX);
      const mail = toMail(message, from);
      try {
        await transport.sendMail({ ...mail, signal: limit.signal });
        return sentAs(mail.messageId);
      } catch (error) {
        return readSmtpError(error, message.to);
      }
    },
    close: () => transport.close(),
  };
}

/** What nodemailer is given. */
export function toMail({ deliveryId, to, subject, text, html }: OutgoingMessage, from: MailFrom) {
  return {
    from,
    to: { name: "", address: to },
    envelope: { from: from.address, to: [to] },
    messageId: `<${deliveryId}@${from.address.slice(from.address.lastIndexOf("@") + 1)}>`,
    subject,
    text,
    html,
    textEncoding: "quoted-printable" as const,
    // Nodemailer would draw one, which takes longer than to send.
    baseBoundary: deliveryId,
    disableFileAccess: true,
    disableUrlAccess: true,
    // RFC 3834: so that no holiday notice answers a code.
    headers: {
      "Auto-Submitted": "auto-generated",
      "X-Auto-Response-Suppress": "All",
      // SES and Postmark give a mail an id of their own; these come back in what they report.
      "X-Postern-Delivery": deliveryId,
      "X-PM-Metadata-delivery": deliveryId,
    },
  };
}

const sentAs = (providerMessageId: string): Sent => ({
  sent: true,
  provider: "smtp",
  providerMessageId,
});
