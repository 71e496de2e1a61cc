import { type Dispatcher, Pool } from "undici";
import { BenchError } from "../bench-error.ts";

export type Shot = {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
};

type Answer = {
  readonly status: number;
  readonly body: string;
  readonly cookies: readonly string[];
};

type Work = {
  /** Requests under way at any time, each on a connection of its own. */
  readonly inFlight: number;
  readonly until: { readonly seconds: number } | { readonly count: number };
  readonly next: (worker: number) => Shot;
  readonly take?: (answer: Answer, worker: number) => void;
};

const CONNECTIONS_MAX = 64;

/** A server under load, and the connections to it, which stay open from round to round. */
export type Target = AsyncDisposable & {
  /** One request. Throws BenchError for a refusal: it would be cheaper than what is measured. */
  readonly send: (shot: Shot) => Promise<Answer>;
  /** Answers per second. */
  readonly load: (work: Work) => Promise<number>;
};

export function openTarget(url: string): Target {
  const pool = new Pool(url, { connections: CONNECTIONS_MAX, pipelining: 1 });
  const send = async (shot: Shot): Promise<Answer> => {
    const answer = await dispatch(pool, shot);
    if (answer.status >= 300) {
      throw new BenchError(`${shot.path} answered ${answer.status}: ${answer.body}`);
    }
    return answer;
  };
  return {
    send,
    load: (work) => load(send, work),
    [Symbol.asyncDispose]: () => pool.destroy(),
  };
}

async function load(send: Target["send"], { inFlight, until, next, take }: Work): Promise<number> {
  const startedAt = performance.now();
  const endsAt = "seconds" in until ? startedAt + until.seconds * 1_000 : Infinity;
  const countMax = "count" in until ? until.count : Infinity;
  let sent = 0;
  const work = async (worker: number) => {
    while (sent < countMax && performance.now() < endsAt) {
      sent += 1;
      const answer = await send(next(worker));
      take?.(answer, worker);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_, worker) => work(worker)));
  return sent / ((performance.now() - startedAt) / 1_000);
}

/** Undici's own lowest level: the client shares two cores with what it measures. */
function dispatch(pool: Pool, { method, path, headers, body }: Shot): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let status = 0;
    let cookies: readonly string[] = [];
    let text = "";
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: () => undefined,
      onResponseStart: (_, code, answered) => {
        status = code;
        cookies = [answered["set-cookie"] ?? []].flat();
      },
      onResponseData: (_, chunk) => {
        text += chunk.toString("latin1");
      },
      onResponseEnd: () => resolve({ status, body: text, cookies }),
      onResponseError: (_, error) => reject(error),
    };
    const options = body
      ? {
          headers: { ...headers, "content-type": "application/json" },
          body: JSON.stringify(body),
        }
      : { headers: headers ?? {} };
    pool.dispatch({ method, path, ...options }, handler);
  });
}
