import { createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";

type ReceivedMail = { from: string; to: string[]; messageId: string; raw: string };

/** A reply line, or `drop` to hang up without one. */
type Reply = string | "drop";

export type SinkOptions = {
  /** Asked at RCPT TO. */
  answerRecipient?: (to: string) => Reply;
  /** Asked after the final dot, when the mail is taken; the reply waits for the promise. */
  answerMail?: (mail: ReceivedMail) => Reply | Promise<Reply>;
  port?: number;
};

export type SmtpSink = AsyncDisposable & {
  url: string;
  port: number;
  /** Whole mails in the order of their final dots, whatever was answered. */
  mails: ReceivedMail[];
  recipients: string[];
};

/** A mail server of our own at the level of its lines, so that a test can break it anywhere. */
export async function startSmtpSink(options: SinkOptions = {}): Promise<SmtpSink> {
  const mails: ReceivedMail[] = [];
  const recipients: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    // A client that is killed in the middle ends the conversation, not the test.
    converse(socket, options, { mails, recipients }).catch(() => undefined);
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject).listen(options.port ?? 0, "127.0.0.1", resolve);
  await promise;
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    url: `smtp://127.0.0.1:${port}`,
    port,
    mails,
    recipients,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}

type Received = Pick<SmtpSink, "mails" | "recipients">;

async function converse(socket: Socket, options: SinkOptions, received: Received): Promise<void> {
  const session = new Session(options, received);
  const say = (reply: Reply) =>
    reply === "drop" ? socket.destroy() : socket.write(`${reply}\r\n`);
  say("220 sink");
  for await (const line of createInterface({ input: socket })) {
    const reply = await session.hear(line);
    if (reply !== null) say(reply);
    if (line === "QUIT") socket.end();
  }
}

class Session {
  readonly #options: SinkOptions;
  readonly #received: Received;
  #from = "";
  #to: string[] = [];
  #body: string[] | null = null;

  constructor(options: SinkOptions, received: Received) {
    this.#options = options;
    this.#received = received;
  }

  /** The reply to a line, or null where none is due. */
  async hear(line: string): Promise<Reply | null> {
    if (this.#body) return this.#hearMail(this.#body, line);
    if (line.startsWith("RCPT TO:")) return this.#hearRecipient(addressIn(line));
    if (line.startsWith("MAIL FROM:")) this.#from = addressIn(line);
    if (line !== "DATA") return "250 ok";
    this.#body = [];
    return "354 go on";
  }

  #hearRecipient(to: string): Reply {
    this.#received.recipients.push(to);
    const reply = this.#options.answerRecipient?.(to) ?? "250 ok";
    if (reply.startsWith("250")) this.#to.push(to);
    return reply;
  }

  async #hearMail(body: string[], line: string): Promise<Reply | null> {
    if (line !== ".") {
      body.push(line.replace(/^\.\./, "."));
      return null;
    }
    const mail = {
      from: this.#from,
      to: this.#to,
      messageId: messageIdOf(body),
      raw: body.join("\r\n"),
    };
    [this.#body, this.#to] = [null, []];
    this.#received.mails.push(mail);
    return (await this.#options.answerMail?.(mail)) ?? "250 taken";
  }
}

const addressIn = (line: string): string => /<(.*)>/.exec(line)?.[1] ?? "";

const messageIdOf = (body: readonly string[]): string =>
  body
    .find((line) => /^message-id:/i.test(line))
    ?.slice("message-id:".length)
    .trim() ?? "";
