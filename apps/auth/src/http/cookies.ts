import cookie from "@fastify/cookie";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

/** The refresh token of a browser in cookie mode. */
export const REFRESH_COOKIE = "__Host-postern_refresh";
/** What knows a browser at its next sign-in. Good for longer than any session. */
export const DEVICE_COOKIE = "__Host-postern_device";

/** As long as browsers keep any cookie (RFC 6265bis, 5.5). */
export const DEVICE_COOKIE_SECONDS = 400 * 86_400;

/** A request whose cookies are asked for. */
export type CookieRequest = Pick<FastifyRequest, "headers" | "server">;

/** What a cookie is written to. */
export type CookieReply = Pick<FastifyReply, "setCookie" | "clearCookie">;

type SecretCookie = typeof REFRESH_COOKIE | typeof DEVICE_COOKIE;

/** `__Host-` makes browsers insist on Secure, on this path and on no Domain. */
const ATTRIBUTES = { path: "/", secure: true, httpOnly: true, sameSite: "strict" } as const;

/** Lets routes set cookies. None is read but where a route asks: bearer routes ignore them. */
export async function allowCookies(app: FastifyInstance): Promise<void> {
  await app.register(cookie, { hook: false });
}

export function readCookie(request: CookieRequest, name: SecretCookie): string | null {
  const { cookie: header } = request.headers;
  return (header && request.server.parseCookie(header)[name]) || null;
}

/** A cookie that scripts cannot read and other sites cannot make a browser send. */
export function setSecretCookie(
  reply: CookieReply,
  name: SecretCookie,
  { value, seconds }: { value: string; seconds: number },
): void {
  reply.setCookie(name, value, { ...ATTRIBUTES, maxAge: seconds });
}

export function clearSecretCookie(reply: CookieReply, name: SecretCookie): void {
  reply.clearCookie(name, ATTRIBUTES);
}
