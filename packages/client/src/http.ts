import { PosternError, readError } from "./postern-error.ts";

export type Fetch = (request: Request) => Promise<Response>;

export type Outcome = { response: Response; error: PosternError | null };

/** Calls that may be made twice: what they ask for is the same the second time (RFC 9110, 9.2.2). */
const IDEMPOTENT = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"];
const TURNS = 3;
/** Longer waits are the caller's to decide on. */
const WAIT_SECONDS_MAX = 10;

/**
 * Sends a request. An idempotent one that is answered with 503 is sent again after the time that its
 * Retry-After names.
 *
 * @throws PosternError unreachable; what the request's own signal aborts with.
 */
export async function send(fetch: Fetch, request: Request): Promise<Outcome> {
  for (let turn = 1; ; turn += 1) {
    const response = await reach(fetch, request.clone());
    const error = await readError(response);
    if (turn === TURNS || !mayRepeat(request, error)) {
      return { response, error };
    }
    await wait(error.retryAfterSeconds, request.signal);
  }
}

async function reach(fetch: Fetch, request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (cause) {
    if (request.signal.aborted) {
      throw cause;
    }
    const message = "The service cannot be reached.";
    throw new PosternError({ code: "unreachable", status: 0, message }, { cause });
  }
}

type Repeatable = PosternError & { retryAfterSeconds: number };

const mayRepeat = ({ method }: Request, error: PosternError | null): error is Repeatable =>
  error?.status === 503 &&
  IDEMPOTENT.includes(method) &&
  error.retryAfterSeconds !== undefined &&
  error.retryAfterSeconds <= WAIT_SECONDS_MAX;

function wait(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, seconds * 1000);
    signal.addEventListener("abort", stop, { once: true });
  });
}
