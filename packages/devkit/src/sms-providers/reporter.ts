import { createHmac } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

/** How receipts travel. */
export type ReceiptTravel = {
  /** Before the first, and between two of one message. */
  delayMilliseconds: number;
  /** How often each one comes. */
  copies: number;
  /** The last first. */
  isReversed: boolean;
};

export type Report = Readonly<{
  url: string;
  fields: Readonly<Record<string, string>>;
  headers: Readonly<Record<string, string>>;
}>;

/** Posts receipts as providers do: forms, late, more than once, out of order. */
export class Reporter {
  readonly #running = new Set<Promise<void>>();
  readonly #stopped = new AbortController();
  readonly travel: ReceiptTravel;

  constructor(travel: Partial<ReceiptTravel>) {
    this.travel = { delayMilliseconds: 5, copies: 1, isReversed: false, ...travel };
  }

  /** In the order given, unless the travel says otherwise; `before` runs as each one leaves. */
  send(reports: readonly (Report | null)[], before: (index: number) => void): void {
    const steps = reports.map((report, index) => ({ report, index }));
    const run = this.#sendAll(this.travel.isReversed ? steps.reverse() : steps, before).finally(
      () => this.#running.delete(run),
    );
    this.#running.add(run);
  }

  /** Until every receipt of the messages taken so far was sent. */
  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.settle();
  }

  async #sendAll(
    steps: readonly { report: Report | null; index: number }[],
    before: (index: number) => void,
  ): Promise<void> {
    for (const { report, index } of steps) {
      await sleep(this.travel.delayMilliseconds, undefined, { signal: this.#stopped.signal }).catch(
        () => undefined,
      );
      if (this.#stopped.signal.aborted) return;
      before(index);
      for (let copy = 0; report && copy < this.travel.copies; copy++) await post(report);
    }
  }
}

/** A receiver that is away loses the receipt, as with the providers after their last repeat. */
async function post({ url, fields, headers }: Report): Promise<void> {
  const body = new URLSearchParams(fields);
  const signal = AbortSignal.timeout(5_000);
  await fetch(url, { method: "POST", body, headers, signal }).then(
    (answer) => answer.body?.cancel(),
    () => undefined,
  );
}

/** Twilio's signature: HMAC-SHA1 over the URL and every field, name and value, by name. */
export function twilioSignature(
  authToken: string,
  url: string,
  fields: Readonly<Record<string, string>>,
): string {
  const text = Object.keys(fields)
    .sort()
    .reduce((before, name) => before + name + fields[name], url);
  return createHmac("sha1", authToken).update(text, "utf8").digest("base64");
}
