import { Readable } from "node:stream";
import { normaliseEmail } from "@postern/crypto";
import SMTPPool from "nodemailer/lib/smtp-pool";
import type { MailChannel, Refused } from "./channel.ts";
import { limitTime } from "./limit-time.ts";
import type { MailFrom } from "./mail-from.ts";
import { mailProviderOf } from "./mail-provider.ts";
import { readSmtpError } from "./smtp-refusal.ts";
import type { SmtpServer } from "./smtp-server.ts";
import { writeMail } from "./write-mail.ts";

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
 * One recipient a message. The Message-ID follows from the delivery row alone, so all attempts
 * at a row have the same.
 */
export function createSmtpChannel({ server, from, connectionsMax }: SmtpOptions): MailChannel {
  const pool = new SMTPPool({
    ...server,
    maxConnections: connectionsMax,
    connectionTimeout: CONNECT_MILLISECONDS_MAX,
    dnsTimeout: CONNECT_MILLISECONDS_MAX,
    greetingTimeout: GREETING_MILLISECONDS_MAX,
    socketTimeout: SILENCE_MILLISECONDS_MAX,
    logger: false,
  });
  const provider = mailProviderOf(server.host);
  const domain = from.address.slice(from.address.lastIndexOf("@") + 1);
  return {
    provider,
    async send(mail, signal) {
      if (normaliseEmail(mail.to) !== mail.to) return INVALID_RECIPIENT;
      using limit = limitTime(signal, SEND_MILLISECONDS_MAX);
      const messageId = `<${mail.deliveryId}@${domain}>`;
      const whole = Buffer.from(writeMail(mail, { from, messageId, date: new Date() }));
      const envelope = { from: from.address, to: [mail.to] };
      try {
        await sendOver(pool, { envelope, messageId, whole }, limit.signal);
        return { sent: true, provider, providerMessageId: messageId };
      } catch (error) {
        return readSmtpError(error, mail.to);
      }
    },
    close: () => pool.close(),
  };
}

type Written = {
  envelope: { from: string; to: string[] };
  messageId: string;
  whole: Buffer;
};

type PoolMail = Parameters<SMTPPool["send"]>[0];

/** Hands the pool a mail as nodemailer hands one to a transport. */
function sendOver(pool: SMTPPool, { envelope, messageId, whole }: Written, signal: AbortSignal) {
  const message = {
    getEnvelope: () => envelope,
    messageId: () => messageId,
    getHeader: () => messageId,
    createReadStream: () => Readable.from(whole),
  };
  return new Promise<void>((resolve, reject) => {
    pool.send({ data: { signal }, message } as unknown as PoolMail, (error) =>
      error ? reject(error) : resolve(),
    );
  });
}
