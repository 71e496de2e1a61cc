import { readError } from "../postern-error.ts";
import { createKeptAnswers } from "./kept-answers.ts";
import { type AccessClaims, away, CLOCK_SKEW_SECONDS, refusal } from "./verify-access-token.ts";

export type SessionCheckOptions = {
  /** The PUBLIC_URL of the auth service. */
  readonly issuer: string;
  /** How long an answer is believed, in seconds: a sign-out may be noticed that much later. */
  readonly believeSeconds?: number;
};

const BELIEVE_SECONDS = 5;
const MILLISECONDS_MAX = 3_000;

type Verdict = "lives" | "session_ended" | "invalid_token";

/**
 * Makes an `isRevoked` for `verifyAccessToken` that asks the auth service whether the session lives:
 * one round trip for each token and 5 seconds.
 *
 * An answer is kept for what it was about and nothing wider. `session_ended` is about the
 * session: it holds for every token of it until their end, whatever is answered later.
 * `invalid_token` is about this token alone, which may be a second past its end while the session
 * lives. Another refusal, such as a proxy's, says nothing of either and is not kept.
 *
 * @throws PosternError from the function it makes: invalid_token (401) for a token that the service
 *   does not take, service_unavailable (503) where no answer comes.
 */
export function createSessionCheck({
  issuer,
  believeSeconds = BELIEVE_SECONDS,
}: SessionCheckOptions) {
  const url = `${issuer.replace(/\/$/, "")}/api/auth/session`;
  const verdicts = createKeptAnswers<Verdict>();
  // By session: until when a token of it may be presented.
  const ended = createKeptAnswers<number>();
  const find = async (token: string): Promise<Verdict> => {
    const key = await digest(token);
    const known = verdicts.get(key);
    if (known) {
      return known;
    }
    const askedAt = Date.now();
    const verdict = await ask(url, token);
    verdicts.keep(key, verdict, askedAt + believeSeconds * 1000);
    return verdict;
  };
  return async ({ sid, exp }: AccessClaims, token: string): Promise<boolean> => {
    const verdict = ended.get(sid) === undefined ? await find(token) : "session_ended";
    const endedUntil = ended.get(sid);
    // Asked again, since another token may have learned it while this one's answer was on its way.
    if (verdict === "session_ended" || endedUntil !== undefined) {
      const until = Math.max(endedUntil ?? 0, (exp + CLOCK_SKEW_SECONDS) * 1000);
      ended.keep(sid, until, until);
      return true;
    }
    if (verdict === "invalid_token") {
      throw refusal("invalid_token", "The auth service does not take this access token.");
    }
    return false;
  };
}

/** So that what is kept of a token is worth nothing. */
async function digest(token: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  return String.fromCharCode(...new Uint8Array(bytes));
}

async function ask(url: string, token: string): Promise<Verdict> {
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(MILLISECONDS_MAX),
  }).catch((cause: unknown) => {
    throw away(cause);
  });
  const error = await readError(response);
  // Read to its end, so that the connection serves the next question.
  await response.text().catch(() => undefined);
  if (error === null) {
    return "lives";
  }
  if (error.status === 401 && (error.code === "session_ended" || error.code === "invalid_token")) {
    return error.code;
  }
  throw away(error);
}
