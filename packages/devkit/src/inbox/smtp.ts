import { randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import PostalMime from "postal-mime";
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from "smtp-server";
import { findCode, type InboxMessage, type Mailbox } from "./mailbox.ts";

const MESSAGE_BYTES_MAX = 1024 ** 2;

/** How a test makes the server turn a recipient away; 4xx asks for another try, 5xx is final. */
export type Refusal = { code: number; message: string };

export type SmtpOptions = {
  host: string;
  port: number;
  mailbox: Mailbox;
  refuse?: ((recipient: string) => Refusal | undefined) | undefined;
};

export type SmtpListener = { port: number; stop(): Promise<void> };

/** A real SMTP server that accepts what it is given, from anybody on this machine, and keeps it. */
export async function listenForMail(options: SmtpOptions): Promise<SmtpListener> {
  const server = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    disableReverseLookup: true,
    logger: false,
    size: MESSAGE_BYTES_MAX,
    closeTimeout: 1_000,
    onRcptTo({ address }, _session, answer) {
      const refusal = options.refuse?.(address);
      answer(refusal ? smtpError(refusal) : null);
    },
    onData(stream, session, answer) {
      receive(stream, session, options.mailbox).then(
        () => answer(null),
        (error) => answer(error),
      );
    },
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  const { port } = await listening(server, options, { promise, resolve });
  server.off("error", reject);
  // A client that hangs up in the middle is the client's affair.
  server.on("error", () => undefined);
  return { port, stop: () => new Promise((stopped) => server.close(() => stopped())) };
}

type Started = { promise: Promise<void>; resolve: () => void };

async function listening(server: SMTPServer, { port, host }: SmtpOptions, started: Started) {
  const listener = server.listen(port, host, started.resolve);
  await started.promise;
  return listener.address() as AddressInfo;
}

const smtpError = ({ code, message }: Refusal): Error =>
  Object.assign(new Error(message), { responseCode: code });

async function receive(
  stream: SMTPServerDataStream,
  { envelope }: SMTPServerSession,
  mailbox: Mailbox,
): Promise<void> {
  const raw = await buffer(stream);
  if (stream.sizeExceeded) throw smtpError({ code: 552, message: "The message is too large." });
  const mail = await PostalMime.parse(raw);
  const text = mail.text ?? "";
  for (const { address } of envelope.rcptTo) {
    const message: InboxMessage = {
      id: randomUUID(),
      kind: "email",
      from: mail.from?.address ?? (envelope.mailFrom ? envelope.mailFrom.address : ""),
      to: address,
      subject: mail.subject ?? "",
      text,
      html: mail.html ?? null,
      receivedAt: new Date().toISOString(),
      messageId: mail.messageId ?? null,
      code: findCode(text),
    };
    mailbox.add(message);
  }
}
