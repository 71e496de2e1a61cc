/** What becomes of a message, by the number it goes to. */
export type Fate = Readonly<{
  /** Twilio's answer in the place of 201: its own error. */
  refusal?: Readonly<{ status: number; code: number; message: string }>;
  /** Africa's Talking's answer about the recipient in the place of 101. */
  recipient?: Readonly<{ statusCode: number; status: string }>;
  /** Nobody answers as the wire format has it: an HTTP status, silence, or a closed connection. */
  transport?: 500 | 503 | "silence" | "drop";
  /** Taken, and not delivered: Twilio's error code, Africa's Talking's failureReason. */
  failure?: string;
}>;

export type SmsProvider = "twilio" | "africas_talking";

const twilioRefusals: Readonly<Record<string, Fate["refusal"]>> = {
  "20429": { status: 429, code: 20429, message: "Too Many Requests" },
  "21211": { status: 400, code: 21211, message: "The 'To' number is not a valid phone number." },
  "21408": {
    status: 403,
    code: 21408,
    message: "Permission to send an SMS has not been enabled for the region.",
  },
  "21610": { status: 400, code: 21610, message: "Attempt to send to unsubscribed recipient" },
  "21614": { status: 400, code: 21614, message: "'To' number is not a valid mobile number" },
};

const twilioFailures: ReadonlySet<string> = new Set(["30003", "30005", "30006", "30007", "30008"]);

const africasTalkingRefusals: Readonly<Record<string, Fate["recipient"]>> = {
  "10401": { statusCode: 401, status: "RiskHold" },
  "10402": { statusCode: 402, status: "InvalidSenderId" },
  "10403": { statusCode: 403, status: "InvalidPhoneNumber" },
  "10404": { statusCode: 404, status: "UnsupportedNumberType" },
  "10405": { statusCode: 405, status: "InsufficientBalance" },
  "10406": { statusCode: 406, status: "UserInBlacklist" },
  "10407": { statusCode: 407, status: "CouldNotRoute" },
  "10500": { statusCode: 500, status: "InternalServerError" },
  "10501": { statusCode: 501, status: "GatewayError" },
  "10502": { statusCode: 502, status: "RejectedByGateway" },
};

const africasTalkingFailures: Readonly<Record<string, string>> = {
  "11001": "AbsentSubscriber",
  "11002": "UserInBlackList",
  "11003": "DeliveryFailure",
};

const transports: Readonly<Record<string, Fate["transport"]>> = {
  "50000": 500,
  "50300": 503,
  "40800": "silence",
  "44400": "drop",
};

/**
 * The fate that the last five digits of a number name: `+254700030003` is taken by Twilio and then
 * reported as 30003. Digits of the one provider mean nothing to the other, so that a fail-over can
 * be seen to end well; `…50000`, `…50300`, `…40800` and `…44400` are faults of both.
 */
export function fateOf(provider: SmsProvider, to: string): Fate {
  const digits = to.slice(-5);
  const transport = transports[digits];
  if (transport) return { transport };
  return provider === "twilio" ? twilioFate(digits) : africasTalkingFate(digits);
}

function twilioFate(digits: string): Fate {
  const refusal = twilioRefusals[digits];
  if (refusal) return { refusal };
  return twilioFailures.has(digits) ? { failure: digits } : {};
}

function africasTalkingFate(digits: string): Fate {
  const recipient = africasTalkingRefusals[digits];
  if (recipient) return { recipient };
  const failure = africasTalkingFailures[digits];
  return failure ? { failure } : {};
}
