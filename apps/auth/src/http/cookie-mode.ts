import type { FastifyInstance, FastifyRequest } from "fastify";
import { Type } from "typebox";
import type { Config } from "../config.ts";
import { Problem } from "../problem.ts";
import type { CookieRequest } from "./cookies.ts";
import { OpaqueToken } from "./fields.ts";

/** To be spread into the body of every call that may start a session. */
export const signInFields = {
  transport: Type.Optional(
    Type.Literal("cookie", {
      description: "For browsers: refresh and device token come as cookies, not in the body.",
    }),
  ),
  deviceToken: Type.Optional(OpaqueToken),
};

/** What says how a caller wants its tokens. */
export type SignInRequest = Pick<FastifyRequest, "body">;

/** Whether the caller of a sign-in asked for cookies. */
export const isCookieMode = ({ body }: SignInRequest): boolean =>
  typeof body === "object" && body !== null && "transport" in body && body.transport === "cookie";

/** A page of another site cannot sign its visitors in under an account of its own. */
export function refuseForeignSignIn(app: FastifyInstance, config: Config): void {
  app.addHook("preHandler", async (request) => {
    if (isCookieMode(request)) {
      requireOwnPage(request, config);
    }
  });
}

/**
 * The request comes from a page that we trust: its browser names an origin of CORS_ORIGINS or our
 * own, or says that page and service are of one origin. No page can make a browser say so falsely.
 *
 * @throws Problem csrf_refused; unsupported_media_type for what a form could send.
 */
export function requireOwnPage({ headers }: CookieRequest, config: Config): void {
  if (headers["content-type"] === undefined) {
    throw new Problem("unsupported_media_type");
  }
  const { origin = "" } = headers;
  const isTrusted =
    origin === new URL(config.publicUrl).origin || config.corsOrigins.includes(origin);
  if (!isTrusted && headers["sec-fetch-site"] !== "same-origin") {
    throw new Problem("csrf_refused");
  }
}
