import type { Limits } from "../limits.ts";
import { RETURN_TO } from "../oauth/testing/app.ts";
import { call, password } from "./client.ts";
import {
  ADDRESSES,
  type Attempt,
  askForCode,
  byAddress,
  codesToRecipient,
  mailbox,
  passwordChanges,
  secondFactors,
  withSession,
  wrongCodes,
} from "./limit-attempts.ts";
import type { World } from "./world.ts";

/** A call that a limit bounds. A limit that bounds several has a case for each. */
export type LimitCase = {
  limit: keyof Limits;
  /** The call, as the test is named. */
  call: string;
  /** The code of the refusal. */
  refusal: "too_many_requests" | "otp_limit" | "otp_cooldown";
  windowSeconds: number;
  open: (world: World) => Promise<Attempt> | Attempt;
};

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

const oneAddress = { refusal: "too_many_requests", windowSeconds: MINUTE } as const;
const signIns = { limit: "sign_ins_per_address_per_minute", ...oneAddress } as const;
const oauthCalls = { limit: "oauth_calls_per_address_per_minute", ...oneAddress } as const;
const recoveries = {
  limit: "recoveries_per_address_per_hour",
  refusal: "too_many_requests",
  windowSeconds: HOUR,
} as const;
const sends = { refusal: "otp_limit", windowSeconds: HOUR } as const;

/** Every call that a limit refuses, and how to reach its bound. */
export const limitCases: readonly LimitCase[] = [
  {
    ...signIns,
    call: "POST /login",
    open: byAddress("POST /login", (turn, subject) => ({
      email: mailbox(turn, subject),
      password,
    })),
  },
  {
    ...signIns,
    call: "POST /step-up",
    open: withSession("POST /step-up", () => ({ password: "not hers at all" })),
  },
  {
    ...signIns,
    call: "POST /password/change",
    open: withSession("POST /password/change", () => ({
      currentPassword: "not hers at all",
      newPassword: "a new and long password",
    })),
  },
  {
    limit: "second_factors_per_address_per_minute",
    ...oneAddress,
    call: "POST /2fa/verify",
    open: secondFactors,
  },
  {
    ...recoveries,
    call: "POST /password/forgot",
    open: byAddress("POST /password/forgot", (turn, subject) => ({
      email: mailbox(turn, subject),
    })),
  },
  {
    ...recoveries,
    call: "POST /password/reset",
    open: byAddress("POST /password/reset", (turn) => ({
      token: `${turn}`.padStart(43, "A"),
      newPassword: "a new and long password",
    })),
  },
  {
    limit: "codes_per_address_per_minute",
    ...oneAddress,
    call: "POST /otp/verify",
    open: byAddress("POST /otp/verify", (turn) => ({
      challengeId: `1.nothingnothingnothing${turn}`,
      code: "12345678",
    })),
  },
  {
    ...oauthCalls,
    call: "GET /oauth/:provider/start",
    open: (world) => (_turn, subject) => {
      const codeChallenge = "A".repeat(43);
      const search = new URLSearchParams({ returnTo: RETURN_TO, codeChallenge });
      return call(world, `GET /oauth/fake/start?${search}`, { from: ADDRESSES[subject] });
    },
  },
  {
    ...oauthCalls,
    call: "POST /oauth/exchange",
    open: byAddress("POST /oauth/exchange", (turn) => ({
      code: `${turn}`.padStart(43, "A"),
      codeVerifier: "A".repeat(43),
    })),
  },
  {
    ...oauthCalls,
    call: "POST /connections",
    open: withSession("POST /connections", (turn) => ({
      code: `${turn}`.padStart(43, "A"),
      codeVerifier: "A".repeat(43),
    })),
  },
  {
    limit: "sign_ups_per_address_per_hour",
    refusal: "too_many_requests",
    windowSeconds: HOUR,
    call: "POST /signup",
    open: byAddress("POST /signup", (turn, subject) => ({
      email: mailbox(turn, subject),
      password,
      name: "Ada",
    })),
  },
  {
    limit: "password_changes_per_user_per_hour",
    refusal: "too_many_requests",
    windowSeconds: HOUR,
    call: "POST /password/change",
    open: passwordChanges,
  },
  {
    limit: "otp_sends_per_recipient_per_hour",
    ...sends,
    call: "POST /otp/send",
    open: codesToRecipient,
  },
  {
    limit: "otp_sends_per_recipient_per_day",
    refusal: "otp_limit",
    windowSeconds: DAY,
    call: "POST /otp/send",
    open: codesToRecipient,
  },
  {
    limit: "otp_live_challenges_per_recipient",
    refusal: "otp_limit",
    windowSeconds: 300,
    call: "POST /otp/send",
    open: codesToRecipient,
  },
  {
    limit: "otp_failures_per_quarter_hour",
    refusal: "otp_limit",
    windowSeconds: 900,
    call: "POST /otp/verify",
    open: wrongCodes,
  },
  {
    limit: "otp_failures_per_day",
    refusal: "otp_limit",
    windowSeconds: DAY,
    call: "POST /otp/verify",
    open: wrongCodes,
  },
  {
    limit: "otp_sends_per_address_per_hour",
    ...sends,
    call: "POST /otp/send",
    open: byAddress("POST /otp/send", (turn, subject) => askForCode(mailbox(turn, subject))),
  },
  {
    limit: "otp_recipients_per_address_per_day",
    refusal: "otp_limit",
    windowSeconds: DAY,
    call: "POST /otp/send",
    open: byAddress("POST /otp/send", (turn, subject) => askForCode(mailbox(turn, subject))),
  },
  {
    limit: "contact_changes_per_account_per_hour",
    ...sends,
    call: "POST /email/change",
    open: withSession("POST /email/change", (turn, subject) => ({ email: mailbox(turn, subject) })),
  },
  {
    limit: "unknown_api_keys_per_address_per_minute",
    ...oneAddress,
    call: "POST /api-keys/verify",
    open: byAddress("POST /api-keys/verify", (turn, subject) => ({
      key: `nonsense-${turn}-${subject}`,
    })),
  },
  {
    limit: "exports_per_account_per_hour",
    refusal: "too_many_requests",
    windowSeconds: HOUR,
    call: "GET /export",
    open: withSession("GET /export", () => undefined),
  },
];
