import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";
import type { Deps } from "../deps.ts";
import { requireOwnPage } from "../http/cookie-mode.ts";
import {
  type CookieRequest,
  clearSecretCookie,
  REFRESH_COOKIE,
  readCookie,
} from "../http/cookies.ts";
import { describeAnswers, describeAnswersToBody } from "../http/describe-answers.ts";
import { OpaqueToken } from "../http/fields.ts";
import { originOf } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { answerWithCookies } from "./answer-sign-in.ts";
import { authenticate } from "./authenticate.ts";
import { findCsrfToken, readCsrfToken } from "./csrf-token.ts";
import { signOut } from "./end-session.ts";
import { type PresentedRefreshToken, refreshSession } from "./refresh-session.ts";
import { signOutPage } from "./sign-out-page.ts";
import { SessionSchema, toSessionView } from "./views.ts";

const tags = ["Sessions"];
const security = [{ bearer: [] }];
const strict = { additionalProperties: false };

const TokenInBody = Type.Union([
  Type.Object({ refreshToken: Type.Optional(OpaqueToken) }, strict),
  Type.Null(),
]);

const IN_COOKIE_MODE =
  "In cookie mode the cookie serves, sent as application/json from a trusted page with X-CSRF-Token.";

/** The calls that a refresh token makes: in the body or, from a page in cookie mode, as a cookie. */
export const tokenRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  await app.register(refreshRoutes, { deps });
  await app.register(logoutRoutes, { deps });
};

const refreshRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.post(
    "/refresh",
    {
      schema: {
        operationId: "refreshSession",
        summary: "Trade a refresh token for its successor",
        description: IN_COOKIE_MODE,
        tags,
        body: TokenInBody,
        response: describeAnswersToBody({ 200: SessionSchema }, [
          "session_ended",
          "token_reused",
          "csrf_refused",
          "step_up_required",
        ]),
      },
    },
    async (request, reply) => {
      const origin = originOf(request, deps.config);
      const { refreshToken } = request.body ?? {};
      if (refreshToken !== undefined) {
        return toSessionView(await refreshSession(deps, { refreshToken, origin }));
      }
      const presented = readPresented(deps, request);
      try {
        return answerWithCookies(reply, await refreshSession(deps, { ...presented, origin }));
      } catch (error) {
        if (error instanceof Problem && error.status === 401) {
          clearSecretCookie(reply, REFRESH_COOKIE);
        }
        throw error;
      }
    },
  );

  app.get(
    "/csrf",
    {
      schema: {
        operationId: "getCsrfToken",
        summary: "What a page in cookie mode sends as X-CSRF-Token",
        description: "Good for as long as the session of the cookie.",
        tags,
        response: describeAnswers({ 200: Type.Object({ csrfToken: Type.String() }, strict) }, [
          "session_ended",
        ]),
      },
    },
    async (request) => ({
      csrfToken: await findCsrfToken(deps, readCookie(request, REFRESH_COOKIE)),
    }),
  );
};

const logoutRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.post(
    "/logout",
    {
      schema: {
        operationId: "signOut",
        summary: "Sign out of this session",
        description: `With a bearer token, or with the session's refresh token in the body. ${IN_COOKIE_MODE}`,
        tags,
        security,
        body: TokenInBody,
        response: describeAnswersToBody({ 204: Type.Null() }, [
          "invalid_token",
          "session_ended",
          "csrf_refused",
        ]),
      },
    },
    async (request, reply) => {
      const origin = originOf(request, deps.config);
      const { refreshToken } = request.body ?? {};
      if (refreshToken !== undefined) {
        await signOut(deps, { refreshToken }, origin);
      } else if (readCookie(request, REFRESH_COOKIE) && !request.headers.authorization) {
        await signOutPage(deps, readPresented(deps, request), origin);
        clearSecretCookie(reply, REFRESH_COOKIE);
      } else {
        const { sid } = await authenticate(deps, request.headers.authorization);
        await signOut(deps, { sessionId: sid }, origin);
      }
      return reply.code(204).send(null);
    },
  );
};

/**
 * The refresh token that the browser sent by itself, once the page has shown that it meant it.
 *
 * @throws Problem session_ended without a cookie, csrf_refused, unsupported_media_type.
 */
function readPresented(deps: Deps, request: CookieRequest): PresentedRefreshToken {
  const refreshToken = readCookie(request, REFRESH_COOKIE);
  if (refreshToken === null) {
    throw new Problem("session_ended");
  }
  requireOwnPage(request, deps.config);
  return { refreshToken, ofSession: readCsrfToken(deps, request.headers["x-csrf-token"]) };
}
