import { type AccessClaims, away } from "./verify-access-token.ts";

export type SessionCheckOptions = {
  /** The PUBLIC_URL of the auth service. */
  readonly issuer: string;
  /** How long an answer is believed, in seconds: so late may a sign-out be noticed. */
  readonly believeSeconds?: number;
};

const BELIEVE_SECONDS = 5;
const MILLISECONDS_MAX = 3_000;
/** Sessions remembered at once; the oldest answer goes first. */
const ANSWERS_MAX = 10_000;

type Known = { hasEnded: boolean; until: number };

/**
 * Makes an `isRevoked` for `verifyAccessToken` that asks the auth service whether the session lives:
 * one round trip for each session and 5 seconds. A session that ended stays ended.
 *
 * @throws PosternError service_unavailable, from the function it makes, where no answer comes.
 */
export function createSessionCheck({
  issuer,
  believeSeconds = BELIEVE_SECONDS,
}: SessionCheckOptions) {
  const url = `${issuer.replace(/\/$/, "")}/api/auth/session`;
  const known = new Map<string, Known>();
  const remember = (sid: string, hasEnded: boolean) => {
    known.delete(sid);
    known.set(sid, { hasEnded, until: Date.now() + believeSeconds * 1000 });
    const [oldest] = known.keys();
    if (known.size > ANSWERS_MAX && oldest !== undefined) {
      known.delete(oldest);
    }
    return hasEnded;
  };
  return async ({ sid }: AccessClaims, token: string): Promise<boolean> => {
    const answer = known.get(sid);
    if (answer && (answer.hasEnded || answer.until > Date.now())) {
      return answer.hasEnded;
    }
    return remember(sid, await hasEnded(url, token));
  };
}

async function hasEnded(url: string, token: string): Promise<boolean> {
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(MILLISECONDS_MAX),
  }).catch((cause: unknown) => {
    throw away(cause);
  });
  if (response.status !== 200 && response.status !== 401) {
    throw away(new Error(`The auth service answered ${response.status}.`));
  }
  return response.status === 401;
}
