import { type Calls, makeCalls } from "./calls.ts";
import { shareFlight } from "./exclusively.ts";
import { perform } from "./perform.ts";
import { isSessionEnd, type PosternError } from "./postern-error.ts";
import { createKeeper } from "./session-keeper.ts";
import type { SessionStorage } from "./session-storage.ts";
import { holdCookies, holdTokens } from "./transport.ts";

export type StepUpRequest = {
  readonly error: PosternError;
  /** Calls that ask for no step-up themselves: `stepUp`, and `verifySecondFactor` after it. */
  readonly calls: Calls;
};

export type ClientOptions = {
  /** Where the auth service is: its PUBLIC_URL. */
  readonly baseUrl: string;
  /** `cookie` for browsers: the refresh token stands in a cookie that no script can read. */
  readonly transport?: "token" | "cookie";
  /** Where tokens are kept; without it in memory. Cookie mode keeps none and takes no storage. */
  readonly storage?: SessionStorage;
  /** Origins of your own servers, to which `fetch` may send the access token. */
  readonly resourceOrigins?: readonly string[];
  /** The session has ended elsewhere: show the sign-in page. */
  readonly onSignedOut?: (reason: PosternError) => void;
  /** Asks the user for a password or code, calls `calls.stepUp`, and answers whether it was done. */
  readonly onStepUp?: (request: StepUpRequest) => Promise<boolean>;
  readonly fetch?: (request: Request) => Promise<Response>;
};

export type PosternClient = Calls & {
  /** Ends the session here and at the service. It is gone from here even where the service is not reached. */
  readonly signOut: () => Promise<void>;
  /** Whether there is a session; renews it where it must to know. */
  readonly isSignedIn: () => Promise<boolean>;
  /**
   * The global `fetch`, with the session's access token: for servers of your own.
   *
   * @throws TypeError for an origin that is neither the service's nor one of `resourceOrigins`.
   */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
};

/**
 * A client of Postern's auth service that holds one session: it renews the access token by itself,
 * once for all calls that wait for it.
 */
export function createClient(options: ClientOptions): PosternClient {
  const baseUrl = options.baseUrl.replace(/\/+$/, "");
  const { fetch = (request) => globalThis.fetch(request), onStepUp } = options;
  const transport = chooseTransport(options, { baseUrl, fetch });
  const keeper = createKeeper({ transport, onSignedOut: options.onSignedOut ?? (() => undefined) });
  const caller = { baseUrl, fetch, keeper, transport };
  const plain = makeCalls({ ...caller, stepUp: null });
  // One question to the user, however many calls need its answer.
  const stepUp = onStepUp
    ? shareFlight((error: PosternError) => onStepUp({ error, calls: plain }))
    : null;
  const origins = [baseUrl, ...(options.resourceOrigins ?? [])].map((url) => new URL(url).origin);
  return {
    ...makeCalls({ ...caller, stepUp }),
    signOut: keeper.signOut,
    isSignedIn: async () => {
      try {
        return (await keeper.token()) !== null;
      } catch (error) {
        return refuseToGuess(error);
      }
    },
    fetch: async (input, init) => {
      const request = new Request(input, init);
      requireKnown(origins, request.url);
      return (await perform({ ...caller, stepUp }, request, "optional")).response;
    },
  };
}

type Service = Parameters<typeof holdCookies>[0];

function chooseTransport({ transport, storage }: ClientOptions, service: Service) {
  if (transport !== "cookie") {
    return holdTokens(service, storage);
  }
  if (storage !== undefined) {
    throw new TypeError("Cookie mode keeps no token: leave out storage.");
  }
  return holdCookies(service);
}

/** An ended session is an answer; a service that cannot be reached is none. */
function refuseToGuess(error: unknown): false {
  if (isSessionEnd(error)) {
    return false;
  }
  throw error;
}

/** A token sent elsewhere would be somebody else's to use. */
function requireKnown(origins: readonly string[], url: string): void {
  const { origin } = new URL(url);
  if (!origins.includes(origin)) {
    throw new TypeError(`${origin} is not in resourceOrigins.`);
  }
}
