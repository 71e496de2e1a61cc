import { ANSWER_LOST, type Refused } from "./channel.ts";
import { cleanServerText } from "./smtp-refusal.ts";

/** An answer has to come in this time; the lease of a row is 30 s. */
export const SMS_ANSWER_MILLISECONDS_MAX = 10_000;

/** What the network says where a request did not reach the provider at all. */
const NOT_SENT: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

const HTTP_SERVER_FAULT = 500;
/** The one fault of a server that says that nothing was done. */
const HTTP_UNAVAILABLE = 503;

/** This provider does not take it; another one may. */
export const refusedByProvider = (errorCode: string, text: string): Refused => ({
  sent: false,
  isFinal: false,
  errorCode: errorCode.slice(0, 64),
  errorMessage: cleanProviderText(text),
});

/** Nobody will take it for this recipient. */
export const refusedRecipient = (errorCode: string, text: string, isOptOut = false): Refused => ({
  ...refusedByProvider(errorCode, text),
  isFinal: true,
  isOptOut,
});

export const answerLost = (): Refused => ({
  sent: false,
  isFinal: false,
  isAnswerLost: true,
  errorCode: ANSWER_LOST,
  errorMessage: "The provider may have taken the message: its answer did not come.",
});

/** A request that failed: refused only where it certainly never arrived. */
export function readNetworkError(error: unknown): Refused {
  const { code, cause } = error as { code?: string; cause?: { code?: string } };
  const name = cause?.code ?? code ?? "";
  return NOT_SENT.has(name)
    ? refusedByProvider(`network_${name.toLowerCase()}`, "The provider cannot be reached.")
    : answerLost();
}

/** An answer that is no success, by its HTTP status alone. */
export const readHttpFailure = (status: number, text: string): Refused =>
  status >= HTTP_SERVER_FAULT && status !== HTTP_UNAVAILABLE
    ? answerLost()
    : refusedByProvider(`http_${status}`, text || `The provider answered ${status}.`);

/** Fit for a log: no phone number however it is written, no code, on one line. */
export const cleanProviderText = (text: string): string =>
  cleanServerText(text.replace(/\+?\d(?:[\s().-]*\d){3,}/gu, "***"), "");
