/** How a refusal is answered. `challenge` is the WWW-Authenticate value that a 401 must carry (RFC 9110, 15.5.2). */
type ProblemRow = { status: number; title: string; challenge?: string };

const BEARER = 'Bearer realm="postern"';
const BEARER_INVALID = `${BEARER}, error="invalid_token"`;

/** Every way this service says no. The HTTP answer, the docs and the tests all read this table. */
const PROBLEMS = {
  invalid_request: { status: 400, title: "The request does not match the schema." },
  oauth_state_invalid: {
    status: 400,
    title: "This sign-in was begun elsewhere, took too long or was finished before. Begin again.",
  },
  invalid_credentials: {
    status: 401,
    title: "The email or the password is wrong.",
    challenge: BEARER,
  },
  invalid_token: {
    status: 401,
    title: "The access token is missing, expired or not valid.",
    challenge: BEARER_INVALID,
  },
  session_ended: {
    status: 401,
    title: "This session has ended. Sign in again.",
    challenge: BEARER_INVALID,
  },
  token_reused: {
    status: 401,
    title: "This refresh token was used before, so its session has been ended. Sign in again.",
    challenge: BEARER_INVALID,
  },
  invalid_code: {
    status: 401,
    title: "The code is wrong, expired or already used.",
    challenge: BEARER,
  },
  oauth_failed: {
    status: 401,
    title: "What the provider says of you cannot be accepted here.",
    challenge: BEARER,
  },
  invalid_link: {
    status: 401,
    title: "The link is not ours, expired or already used.",
    challenge: BEARER,
  },
  password_expired: {
    status: 403,
    title: "This password has expired. Choose another by password/forgot.",
  },
  step_up_required: { status: 403, title: "Prove again who you are, then repeat this call." },
  verified_contact_required: {
    status: 403,
    title: "Verify the account's email address first.",
  },
  forbidden: { status: 403, title: "This caller may not do that." },
  csrf_refused: {
    status: 403,
    title: "A call with cookies must come from a trusted page and carry its X-CSRF-Token.",
  },
  not_found: { status: 404, title: "There is nothing here." },
  method_not_allowed: { status: 405, title: "This address does not know the method." },
  api_key_limit: { status: 409, title: "There are as many API keys as an account may have." },
  factor_enabled: { status: 409, title: "This second factor is on already. Switch it off first." },
  factor_unavailable: { status: 409, title: "This second factor cannot be used here and now." },
  email_taken: { status: 409, title: "There is an account with this email." },
  link_required: {
    status: 409,
    title: "Sign in another way, then link this provider in your account.",
  },
  connection_taken: { status: 409, title: "This identity is linked to an account already." },
  last_sign_in_method: {
    status: 409,
    title: "This is the last way to sign in. Set a password or link another provider first.",
  },
  phone_taken: { status: 409, title: "This number is the second factor of another account." },
  payload_too_large: { status: 413, title: "The body is larger than 16 KiB." },
  unsupported_media_type: { status: 415, title: "The body must be application/json." },
  phone_not_supported: { status: 422, title: "No text message can be sent to this number." },
  password_rejected: { status: 422, title: "The password cannot be used." },
  password_reused: { status: 422, title: "The password is, or was, one of this account's." },
  account_locked: {
    status: 429,
    title: "Too many failed attempts. Signing in is locked for a while.",
  },
  otp_cooldown: { status: 429, title: "A code was just sent. Wait before asking for another." },
  otp_limit: { status: 429, title: "Too many codes were asked for." },
  too_many_requests: { status: 429, title: "Too many requests." },
  request_timeout: { status: 408, title: "The request took too long to arrive." },
  request_header_too_large: { status: 431, title: "The request's headers are too large." },
  internal_error: { status: 500, title: "Something failed on our side." },
  service_unavailable: { status: 503, title: "The service cannot answer now. Try again." },
} as const satisfies Record<string, ProblemRow>;

export type ProblemCode = keyof typeof PROBLEMS;

export const problemCodes = Object.keys(PROBLEMS) as readonly ProblemCode[];

/** Names a field by JSON pointer and says what is wrong with it, without the value it has. */
export type FieldError = { pointer: string; message: string };

export type ProblemDetails = {
  retryAfterSeconds?: number | undefined;
  /** One sentence about this occurrence. Never what the caller sent. */
  detail?: string | undefined;
  errors?: readonly FieldError[] | undefined;
  /** The methods that the address knows, for a 405. */
  allow?: readonly string[] | undefined;
};

export const problemRow = (code: ProblemCode): ProblemRow => PROBLEMS[code];

/** Thrown to end a request with a known answer. Anything else thrown is a bug and becomes a 500. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly code: ProblemCode;
  readonly status: number;
  readonly details: ProblemDetails;

  constructor(code: ProblemCode, { cause, ...details }: ProblemDetails & ErrorOptions = {}) {
    super(PROBLEMS[code].title, cause === undefined ? {} : { cause });
    this.code = code;
    this.status = PROBLEMS[code].status;
    this.details = details;
  }

  get retryAfterSeconds(): number | undefined {
    return this.details.retryAfterSeconds;
  }
}
