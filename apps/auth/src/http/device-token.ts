import type { FastifyRequest } from "fastify";
import { isCookieMode } from "./cookie-mode.ts";
import { DEVICE_COOKIE, readCookie } from "./cookies.ts";

/**
 * What the client says it was known by: the body's deviceToken or, in cookie mode, its cookie.
 * Worth nothing until it was matched to a device of the very account that signs in.
 */
export function deviceTokenOf(request: FastifyRequest): string | null {
  const { body } = request;
  if (typeof body === "object" && body !== null && "deviceToken" in body) {
    return String(body.deviceToken);
  }
  return isCookieMode(request) ? readCookie(request, DEVICE_COOKIE) : null;
}
