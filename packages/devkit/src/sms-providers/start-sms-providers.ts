import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readText } from "node:stream/consumers";
import {
  type AfricasTalkingAccount,
  AfricasTalkingFake,
  someAfricasTalkingAccount,
} from "./africas-talking.ts";
import { type Fate, fateOf, type SmsProvider } from "./magic-numbers.ts";
import { type ReceiptTravel, Reporter } from "./reporter.ts";
import type { TakenMessage } from "./taken-message.ts";
import { type Answer, problem, someTwilioAccount, TwilioFake } from "./twilio.ts";

export type SmsProvidersOptions = {
  port?: number;
  receipts?: Partial<ReceiptTravel>;
  /** Awaited between taking a message and answering: what ends there was taken, untold. */
  beforeAnswer?: (taken: TakenMessage) => Promise<void>;
};

export type SmsProviders = AsyncDisposable & {
  /** For TWILIO_BASE_URL and AFRICAS_TALKING_BASE_URL alike. */
  readonly url: string;
  readonly twilio: typeof someTwilioAccount;
  readonly africasTalking: AfricasTalkingAccount;
  /** How receipts travel from now on. */
  readonly receipts: ReceiptTravel;
  /** What both took, the oldest first. */
  taken(): readonly TakenMessage[];
  /** Where Africa's Talking's delivery reports go. */
  reportTo(url: string): void;
  /** A fault of every request to a provider, until it is called again with null. */
  breakDown(provider: SmsProvider, transport: Fate["transport"] | null): void;
  /** How many requests came to a provider, refused ones too. */
  requests(provider: SmsProvider): number;
  /** Until the receipts of everything taken so far were sent. */
  settle(): Promise<void>;
};

type Call = Readonly<{ provider: SmsProvider; answer: () => Answer }>;

/**
 * Two providers of text messages on a port of this machine, in their own wire formats: real HTTP,
 * their errors, and receipts signed as they sign them. The number says what happens; see
 * magic-numbers.ts. It sends nothing to anybody.
 */
export async function startSmsProviders(options: SmsProvidersOptions = {}): Promise<SmsProviders> {
  const taken: TakenMessage[] = [];
  const reporter = new Reporter(options.receipts ?? {});
  const twilio = new TwilioFake(someTwilioAccount, taken, reporter);
  const africasTalking = new AfricasTalkingFake(someAfricasTalkingAccount, taken, reporter);
  const broken = new Map<SmsProvider, Fate["transport"] | null>();
  const counts = { twilio: 0, africas_talking: 0 };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await readText(request));
    const call = callOf(request, form, { twilio, africasTalking });
    if ("status" in call) {
      answerWith(response, call);
      return;
    }
    counts[call.provider] += 1;
    const to = form.get("To") ?? form.get("to") ?? "";
    const transport = broken.get(call.provider) ?? fateOf(call.provider, to).transport;
    await answerOver(response, transport ?? undefined, async () => {
      const before = taken.length;
      const answer = call.answer();
      const message = taken[before];
      if (message) await options.beforeAnswer?.(message);
      return answer;
    });
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    twilio: someTwilioAccount,
    africasTalking: someAfricasTalkingAccount,
    receipts: reporter.travel,
    taken: () => taken,
    reportTo: (url) => {
      africasTalking.callbackUrl = url;
    },
    breakDown: (provider, transport) => void broken.set(provider, transport),
    requests: (provider) => counts[provider],
    settle: () => reporter.settle(),
    async [Symbol.asyncDispose]() {
      await reporter.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const TWILIO_PATH = /^\/2010-04-01\/Accounts\/(?<account>\w+)\/Messages(\/(?<id>\w+))?\.json$/;

type Fakes = { twilio: TwilioFake; africasTalking: AfricasTalkingFake };

function callOf(request: IncomingMessage, form: URLSearchParams, fakes: Fakes): Call | Answer {
  const path = TWILIO_PATH.exec(request.url ?? "")?.groups;
  if (path) return callTwilio(request, form, { ...path, twilio: fakes.twilio });
  const { africasTalking } = fakes;
  if (request.url === "/version1/messaging" && request.method === "POST") {
    const isAllowed = africasTalking.isAllowed(String(request.headers.apikey ?? ""));
    if (!isAllowed) return { status: 401, body: "The supplied authentication is invalid" };
    return { provider: "africas_talking", answer: () => africasTalking.send(form) };
  }
  return { status: 404, body: "Not found" };
}

type TwilioPath = { account?: string; id?: string; twilio: TwilioFake };

function callTwilio(
  { method, headers }: IncomingMessage,
  form: URLSearchParams,
  { account, id, twilio }: TwilioPath,
): Call | Answer {
  const isAllowed = twilio.isAllowed(headers.authorization);
  if (!isAllowed || account !== someTwilioAccount.accountSid) {
    return problem(401, 20003, "Authenticate");
  }
  if (id && method === "GET") return twilio.fetch(id);
  return { provider: "twilio", answer: () => twilio.create(form) };
}

/** A silent or dropped request was taken all the same, and nobody learns of it. */
async function answerOver(
  response: ServerResponse,
  transport: Fate["transport"],
  answer: () => Promise<Answer>,
): Promise<void> {
  if (transport === 500 || transport === 503) {
    answerWith(response, problem(transport, 20_000 + transport, "Service Unavailable"));
    return;
  }
  const taken = await answer();
  if (transport === "drop") response.destroy();
  else if (transport !== "silence") answerWith(response, taken);
}

function answerWith(response: ServerResponse, { status, body }: Answer): void {
  const isText = typeof body === "string";
  response.writeHead(status, { "content-type": isText ? "text/plain" : "application/json" });
  response.end(isText ? body : JSON.stringify(body));
}
