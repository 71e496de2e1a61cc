import { PortTakenError } from "../find-free-port.ts";
import { type InboxMessage, Mailbox, type Wanted } from "./mailbox.ts";
import { listenForMail, type SmtpOptions } from "./smtp.ts";
import { listenForReaders, type WebOptions } from "./web.ts";

const MESSAGES_MAX = 1_000;

export type InboxOptions = {
  host?: string;
  /** Without them free ones. */
  smtpPort?: number;
  webPort?: number;
  /** How many messages are kept; the oldest go first. */
  messagesMax?: number;
  /** Turns recipients away, for tests of what happens then. */
  refuse?: SmtpOptions["refuse"];
  /** Has every template written out, for the page /preview. */
  readPreviews?: WebOptions["readPreviews"];
};

export type Inbox = AsyncDisposable & {
  smtpUrl: string;
  webUrl: string;
  /** Newest first. */
  messages(): InboxMessage[];
  /** The newest message to an address; throws when none comes in time. */
  waitFor(wanted: Wanted): Promise<InboxMessage>;
  stop(): Promise<void>;
};

/** Starts the development inbox: a real SMTP server and the page that shows what it received. */
export async function startInbox(options: InboxOptions = {}): Promise<Inbox> {
  const { host = "127.0.0.1", smtpPort = 0, webPort = 0, refuse, readPreviews } = options;
  const mailbox = new Mailbox(options.messagesMax ?? MESSAGES_MAX);
  const smtp = await onPort(smtpPort, listenForMail({ host, port: smtpPort, mailbox, refuse }));
  const smtpUrl = `smtp://${host}:${smtp.port}`;
  try {
    const web = await onPort(
      webPort,
      listenForReaders({ host, port: webPort, mailbox, smtpUrl, readPreviews }),
    );
    const stop = async () => {
      await Promise.all([smtp.stop(), web.stop()]);
    };
    return {
      smtpUrl,
      webUrl: `http://${host}:${web.port}`,
      messages: () => mailbox.all(),
      waitFor: (wanted) => mailbox.waitFor(wanted),
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await smtp.stop();
    throw error;
  }
}

async function onPort<T>(port: number, listening: Promise<T>): Promise<T> {
  try {
    return await listening;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new PortTakenError(`The inbox: port ${port} is in use.`, { cause: error });
  }
}
