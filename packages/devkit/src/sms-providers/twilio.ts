import { createHash, randomBytes } from "node:crypto";
import { fateOf } from "./magic-numbers.ts";
import { type Reporter, twilioSignature } from "./reporter.ts";
import type { TakenMessage } from "./taken-message.ts";

export type TwilioAccount = Readonly<{ accountSid: string; authToken: string }>;

export type Answer = Readonly<{ status: number; body: unknown }>;

const PRICE = "-0.00750";

/** Twilio's Messages resource, version 2010-04-01, as far as one message needs it. */
export class TwilioFake {
  readonly #account: TwilioAccount;
  readonly #taken: TakenMessage[];
  readonly #reporter: Reporter;

  constructor(account: TwilioAccount, taken: TakenMessage[], reporter: Reporter) {
    this.#account = account;
    this.#taken = taken;
    this.#reporter = reporter;
  }

  isAllowed(authorization: string | undefined): boolean {
    const { accountSid, authToken } = this.#account;
    return authorization === `Basic ${btoa(`${accountSid}:${authToken}`)}`;
  }

  create(form: URLSearchParams): Answer {
    const to = form.get("To");
    if (!to) return problem(400, 21604, "A 'To' phone number is required.");
    if (!form.get("Body")) return problem(400, 21602, "Message body is required.");
    if (!form.get("From") && !form.get("MessagingServiceSid")) {
      return problem(400, 21603, "A 'From' phone number is required.");
    }
    const { refusal, failure } = fateOf("twilio", to);
    if (refusal) return problem(refusal.status, refusal.code, refusal.message);
    const message = this.#take(form, to);
    this.#report(message, failure);
    return { status: 201, body: this.#view(message) };
  }

  fetch(id: string): Answer {
    const message = this.#taken.find((it) => it.id === id);
    if (!message) return problem(404, 20404, "The requested resource was not found");
    return { status: 200, body: this.#view(message) };
  }

  #take(form: URLSearchParams, to: string): TakenMessage {
    const validity = form.get("ValidityPeriod");
    const message: TakenMessage = {
      provider: "twilio",
      id: `SM${randomBytes(16).toString("hex")}`,
      to,
      from: form.get("From") ?? form.get("MessagingServiceSid") ?? "",
      text: form.get("Body") ?? "",
      validitySeconds: validity === null ? null : Number(validity),
      callbackUrl: form.get("StatusCallback"),
      status: "queued",
      errorCode: null,
      price: null,
    };
    this.#taken.push(message);
    return message;
  }

  #report(message: TakenMessage, failure: string | undefined): void {
    const statuses = ["sent", failure ? "undelivered" : "delivered"] as const;
    const reports = statuses.map((status) =>
      message.callbackUrl === null
        ? null
        : this.#receipt(message.callbackUrl, {
            AccountSid: this.#account.accountSid,
            ApiVersion: "2010-04-01",
            From: message.from,
            MessageSid: message.id,
            MessageStatus: status,
            SmsSid: message.id,
            SmsStatus: status,
            To: message.to,
            ...(status === "undelivered" && failure && { ErrorCode: failure }),
          }),
    );
    this.#reporter.send(reports, (index) => {
      message.status = statuses[index] ?? "sent";
      message.errorCode = message.status === "undelivered" ? (failure ?? null) : null;
      message.price = PRICE;
    });
  }

  #receipt(url: string, fields: Record<string, string>) {
    const signature = twilioSignature(this.#account.authToken, url, fields);
    return { url, fields, headers: { "x-twilio-signature": signature } };
  }

  #view({ id, to, from, text, status, errorCode, price }: TakenMessage) {
    const { accountSid } = this.#account;
    const path = `/2010-04-01/Accounts/${accountSid}/Messages/${id}`;
    return {
      account_sid: accountSid,
      api_version: "2010-04-01",
      body: text,
      date_created: new Date().toUTCString(),
      date_sent: status === "queued" ? null : new Date().toUTCString(),
      date_updated: new Date().toUTCString(),
      direction: "outbound-api",
      error_code: errorCode === null ? null : Number(errorCode),
      error_message: null,
      from,
      messaging_service_sid: null,
      num_media: "0",
      num_segments: "1",
      price,
      price_unit: "USD",
      sid: id,
      status,
      subresource_uris: { media: `${path}/Media.json` },
      to,
      uri: `${path}.json`,
    };
  }
}

/** Twilio's error JSON. */
export const problem = (status: number, code: number, message: string): Answer => ({
  status,
  body: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status },
});

/** An account that nobody has; made of a name, so that a restarted fake has the same. */
export const someTwilioAccount: TwilioAccount = {
  accountSid: `AC${createHash("md5").update("postern devkit").digest("hex")}`,
  authToken: createHash("md5").update("postern devkit token").digest("hex"),
};
