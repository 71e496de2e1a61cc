import type { CookieReply, CookieRequest } from "../http/cookies.ts";

/** Knows the browser again that went to a provider. */
const BROWSER_COOKIE = "__Host-postern_oauth";
/** As long as the trip may take. */
const SECONDS = 600;

/** `lax`, unlike our other cookies: the provider's page is what sends the browser back. */
const ATTRIBUTES = {
  path: "/",
  secure: true,
  httpOnly: true,
  sameSite: "lax",
  maxAge: SECONDS,
} as const;

/** Null where the browser has none, or one that we did not make. */
export function readBrowserCookie(request: CookieRequest): string | null {
  const { cookie: header } = request.headers;
  const value = header && request.server.parseCookie(header)[BROWSER_COOKIE];
  return value && /^[\w-]{43}$/.test(value) ? value : null;
}

export function setBrowserCookie(reply: CookieReply, value: string): void {
  reply.setCookie(BROWSER_COOKIE, value, ATTRIBUTES);
}
