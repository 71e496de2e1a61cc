import { EventEmitter, once } from "node:events";

export type InboxMessage = {
  id: string;
  kind: "email" | "sms";
  from: string;
  /** The one recipient of the envelope: a mail to three people is three messages, as it is for them. */
  to: string;
  subject: string;
  text: string;
  html: string | null;
  /** ISO 8601. */
  receivedAt: string;
  /** The Message-ID header; a repeated delivery carries the same. Null for SMS. */
  messageId: string | null;
  /** The first 6 or 8 digits that stand alone in the text, where there are any. */
  code: string | null;
};

export type Wanted = {
  to: string;
  /** Messages received before are passed over. */
  since?: Date;
  timeoutMs: number;
};

const BYTES_MAX = 64 * 1024 ** 2;

/** What was received, newest first, in memory only and bounded by count and by size. */
export class Mailbox {
  readonly #messagesMax: number;
  readonly #arrivals = new EventEmitter().setMaxListeners(0);
  #messages: InboxMessage[] = [];
  #bytes = 0;

  constructor(messagesMax: number) {
    this.#messagesMax = messagesMax;
  }

  add(message: InboxMessage): void {
    this.#messages.push(message);
    this.#bytes += sizeOf(message);
    while (this.#messages.length > this.#messagesMax || this.#bytes > BYTES_MAX) {
      const oldest = this.#messages.shift();
      if (oldest) this.#bytes -= sizeOf(oldest);
    }
    this.#arrivals.emit("message", message);
  }

  /** Newest first. */
  all(): InboxMessage[] {
    return this.#messages.toReversed();
  }

  clear(): void {
    this.#messages = [];
    this.#bytes = 0;
  }

  onMessage(listener: (message: InboxMessage) => void): () => void {
    this.#arrivals.on("message", listener);
    return () => this.#arrivals.off("message", listener);
  }

  /** The newest message to an address, waiting for one when there is none yet. */
  async waitFor({ to, since, timeoutMs }: Wanted): Promise<InboxMessage> {
    const isWanted = (message: InboxMessage) =>
      message.to.toLowerCase() === to.toLowerCase() &&
      (since === undefined || new Date(message.receivedAt) >= since);
    const signal = AbortSignal.timeout(timeoutMs);
    for (;;) {
      const found = this.all().find(isWanted);
      if (found) return found;
      try {
        await once(this.#arrivals, "message", { signal });
      } catch (error) {
        throw new Error(`No message for ${to} came within ${timeoutMs} ms.`, { cause: error });
      }
    }
  }
}

const sizeOf = ({ text, html, subject }: InboxMessage): number =>
  Buffer.byteLength(text) + Buffer.byteLength(html ?? "") + Buffer.byteLength(subject);

/** Six or eight digits, perhaps halved by a space or a hyphen, that are no part of a longer number. */
const CODE = /(?<![\d+#.-])(?:\d{3}[ -]?\d{3}|\d{4}[ -]?\d{4})(?![\d.-]*\d)/;

export const findCode = (text: string): string | null =>
  CODE.exec(text)?.[0].replaceAll(/[ -]/g, "") ?? null;
