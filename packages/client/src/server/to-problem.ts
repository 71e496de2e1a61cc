import { PosternError } from "../postern-error.ts";

/** A refusal as an answer of your own server: what `createClient` at the other end understands. */
export type ProblemAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
};

/** The answer to give for what `verifyAccessToken` throws (RFC 9457, RFC 6750). Null for any other error. */
export function toProblem(error: unknown): ProblemAnswer | null {
  if (!(error instanceof PosternError)) {
    return null;
  }
  const { code, status, message: title, retryAfterSeconds } = error;
  return {
    status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      ...(status === 401 ? { "www-authenticate": 'Bearer error="invalid_token"' } : {}),
      ...(retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) }),
    },
    body: JSON.stringify({ type: `urn:postern:problem:${code}`, title, status, code }),
  };
}
