import { randomBytes } from "node:crypto";
import { fateOf } from "./magic-numbers.ts";
import type { Reporter } from "./reporter.ts";
import type { TakenMessage } from "./taken-message.ts";
import type { Answer } from "./twilio.ts";

export type AfricasTalkingAccount = Readonly<{ username: string; apiKey: string }>;

export const someAfricasTalkingAccount: AfricasTalkingAccount = {
  username: "sandbox",
  apiKey: "atsk_postern_devkit",
};

const COST = "KES 0.8000";

/** Africa's Talking's messaging, version 1, for one recipient a request. */
export class AfricasTalkingFake {
  readonly #account: AfricasTalkingAccount;
  readonly #taken: TakenMessage[];
  readonly #reporter: Reporter;
  /** Where delivery reports go: there it is a setting of the account, not of a message. */
  callbackUrl: string | null = null;

  constructor(account: AfricasTalkingAccount, taken: TakenMessage[], reporter: Reporter) {
    this.#account = account;
    this.#taken = taken;
    this.#reporter = reporter;
  }

  isAllowed(apiKey: string | undefined): boolean {
    return apiKey === this.#account.apiKey;
  }

  send(form: URLSearchParams): Answer {
    const to = form.get("to");
    if (form.get("username") !== this.#account.username || !to || !form.get("message")) {
      return { status: 400, body: "Request is missing required form field" };
    }
    const { recipient, failure } = fateOf("africas_talking", to);
    if (recipient) return accepted("Sent to 0/1 Total Cost: 0", { ...recipient, number: to });
    const message = this.#take(form, to);
    this.#report(message, failure);
    return accepted(`Sent to 1/1 Total Cost: ${COST}`, {
      statusCode: 101,
      status: "Success",
      number: to,
      cost: COST,
      messageId: message.id,
    });
  }

  #take(form: URLSearchParams, to: string): TakenMessage {
    const message: TakenMessage = {
      provider: "africas_talking",
      id: `ATXid_${randomBytes(16).toString("hex")}`,
      to,
      from: form.get("from") ?? "AFRICASTKNG",
      text: form.get("message") ?? "",
      validitySeconds: null,
      callbackUrl: this.callbackUrl,
      status: "sent",
      errorCode: null,
      price: COST,
    };
    this.#taken.push(message);
    return message;
  }

  #report(message: TakenMessage, failure: string | undefined): void {
    const fields = {
      id: message.id,
      phoneNumber: message.to,
      networkCode: "63902",
      retryCount: "0",
    };
    const reports = [
      { ...fields, status: "Sent" },
      failure
        ? { ...fields, status: "Failed", failureReason: failure }
        : { ...fields, status: "Success" },
    ];
    const { callbackUrl: url } = message;
    this.#reporter.send(
      reports.map((report) => (url === null ? null : { url, fields: report, headers: {} })),
      (index) => {
        if (index === 0) return;
        message.status = failure ? "undelivered" : "delivered";
        message.errorCode = failure ?? null;
      },
    );
  }
}

/** 201 even where the recipient is refused. */
const accepted = (message: string, recipient: Readonly<Record<string, unknown>>): Answer => ({
  status: 201,
  body: {
    SMSMessageData: {
      Message: message,
      Recipients: [{ cost: "0", messageId: "None", ...recipient }],
    },
  },
});
