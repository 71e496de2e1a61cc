import { type Fetch, send } from "./http.ts";
import { PosternError } from "./postern-error.ts";
import { memoryStorage, type Session, type SessionStorage } from "./session-storage.ts";
import { shareWithTabs } from "./share-with-tabs.ts";

/** What every call that starts or renews a session answers. */
export type SessionAnswer = {
  accessToken: string;
  expiresIn: number;
  refreshToken?: string | undefined;
  deviceToken?: string | undefined;
};

/** How a session is held: its refresh token in our hands, or in a cookie that no script can read. */
export type Transport = {
  readonly storage: SessionStorage;
  readonly credentials: "include" | "same-origin";
  readonly usesCookies: boolean;
  /** Whether there may be a session to renew. */
  readonly mayRenew: (session: Session | null) => boolean;
  readonly renew: (session: Session | null) => Promise<SessionAnswer>;
  readonly signOut: (session: Session | null) => Promise<void>;
};

type Service = { baseUrl: string; fetch: Fetch };
type Message = { path: string; body?: object; headers?: Record<string, string> };

/** So that a service that hangs does not stop the other tabs, too. */
const MILLISECONDS_MAX = 10_000;
const REFRESH = "/api/auth/refresh";
const LOGOUT = "/api/auth/logout";

export function holdTokens(service: Service, storage = memoryStorage()): Transport {
  const tell = (path: string, session: Session | null) =>
    ask(service, { path, body: { refreshToken: session?.refreshToken } });
  return {
    storage,
    credentials: "same-origin",
    usesCookies: false,
    mayRenew: (session) => session?.refreshToken != null,
    renew: (session) => readSession(() => tell(REFRESH, session)),
    signOut: async (session) => {
      if (session !== null) {
        await tell(LOGOUT, session);
      }
    },
  };
}

export function holdCookies(service: Service): Transport {
  let csrfToken: string | null = null;
  const present = async (path: string, token: string) => {
    const headers = { "x-csrf-token": token };
    return ask(service, { path, body: {}, headers });
  };
  /** The token belongs to a session: after a new sign-in the one we know is refused. */
  const presentCookie = async (path: string) => {
    try {
      csrfToken ??= await readCsrfToken(service);
      return await present(path, csrfToken);
    } catch (error) {
      const isStale = error instanceof PosternError && error.code === "csrf_refused";
      csrfToken = isStale ? await readCsrfToken(service) : null;
      if (csrfToken === null) {
        throw error;
      }
      return present(path, csrfToken);
    }
  };
  return {
    storage: shareWithTabs(`postern:${service.baseUrl}`),
    credentials: "include",
    usesCookies: true,
    mayRenew: () => true,
    renew: () => readSession(() => presentCookie(REFRESH)),
    signOut: async () => {
      await presentCookie(LOGOUT);
      csrfToken = null;
    },
  };
}

async function readCsrfToken(service: Service): Promise<string> {
  const answer = (await (await ask(service, { path: "/api/auth/csrf" })).json()) as {
    csrfToken: string;
  };
  return answer.csrfToken;
}

/**
 * Once more where no answer came: the service may have renewed the session all the same, and for a
 * few seconds it gives the same successor again.
 */
async function readSession(renew: () => Promise<Response>): Promise<SessionAnswer> {
  try {
    return (await (await renew()).json()) as SessionAnswer;
  } catch (error) {
    if (error instanceof PosternError && error.code !== "unreachable") {
      throw error;
    }
    return (await (await renew()).json()) as SessionAnswer;
  }
}

async function ask({ baseUrl, fetch }: Service, { path, body, headers = {} }: Message) {
  const request = new Request(`${baseUrl}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    body: body === undefined ? null : JSON.stringify(body),
    credentials: "include",
    signal: AbortSignal.timeout(MILLISECONDS_MAX),
  });
  const { response, error } = await send(fetch, request);
  if (error) {
    throw error;
  }
  return response;
}
