import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";
import type { Deps } from "../deps.ts";
import { describeAnswers, describeAnswersToBody } from "../http/describe-answers.ts";
import { Email, OpaqueToken, Password, requireEmail, requirePassword } from "../http/fields.ts";
import { originOf } from "../http/origin.ts";

import { isoTime } from "../iso-time.ts";
import { authenticate } from "./authenticate.ts";
import { signOutEverywhere } from "./end-all-sessions.ts";
import { endOwnSession, signOut } from "./end-session.ts";
import { listSessions } from "./list-sessions.ts";
import { refreshSession } from "./refresh-session.ts";
import { signIn } from "./sign-in.ts";
import { SessionSchema, SignInSchema, toSessionView, toSignInView } from "./views.ts";

const tags = ["Sessions"];
const security = [{ bearer: [] }];
const strict = { additionalProperties: false };

/** Strict: PostgreSQL does not read every form that the format "uuid" allows. */
const UUID = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$";

const Credentials = Type.Object(
  { email: Email, password: Password, deviceToken: Type.Optional(OpaqueToken) },
  strict,
);

const ClaimsSchema = Type.Object(
  {
    sub: Type.String(),
    sid: Type.String(),
    expiresAt: Type.String({ format: "date-time" }),
    authTime: Type.String({ format: "date-time" }),
    amr: Type.Array(Type.String(), { description: "How the user signed in (RFC 8176)." }),
  },
  strict,
);

const SessionListSchema = Type.Object(
  {
    sessions: Type.Array(
      Type.Object(
        {
          id: Type.String(),
          deviceName: Type.Union([Type.String(), Type.Null()]),
          ipAddress: Type.Union([Type.String(), Type.Null()]),
          createdAt: Type.String({ format: "date-time" }),
          lastUsedAt: Type.String({ format: "date-time" }),
          expiresAt: Type.String({ format: "date-time" }),
          isCurrent: Type.Boolean(),
        },
        strict,
      ),
    ),
  },
  strict,
);

/** HTTP only: read the request, call one use case, write the answer. */
export const sessionRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  await app.register(startRoutes, { deps });
  await app.register(endRoutes, { deps });
  await app.register(viewRoutes, { deps });
};

const startRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.post(
    "/login",
    {
      schema: {
        summary: "Sign in",
        tags,
        body: Credentials,
        response: describeAnswersToBody({ 200: SignInSchema }, [
          "invalid_credentials",
          "account_locked",
          "too_many_requests",
        ]),
      },
    },
    async (request) => {
      const { email, password, deviceToken = null } = request.body;
      const origin = originOf(request, deps.config);
      return toSignInView(
        await signIn(deps, {
          email: requireEmail(email),
          password: requirePassword(password),
          deviceToken,
          origin,
        }),
      );
    },
  );

  app.post(
    "/refresh",
    {
      schema: {
        summary: "Trade a refresh token for its successor",
        tags,
        body: Type.Object({ refreshToken: OpaqueToken }, strict),
        response: describeAnswersToBody({ 200: SessionSchema }, ["session_ended", "token_reused"]),
      },
    },
    async (request) => {
      const { refreshToken } = request.body;
      const origin = originOf(request, deps.config);
      return toSessionView(await refreshSession(deps, { refreshToken, origin }));
    },
  );
};

const endRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.post(
    "/logout",
    {
      schema: {
        summary: "Sign out of this session",
        description: "With a bearer token, or with the session's refresh token in the body.",
        tags,
        security,
        body: Type.Union([Type.Object({ refreshToken: OpaqueToken }, strict), Type.Null()]),
        response: describeAnswersToBody({ 204: Type.Null() }, ["invalid_token", "session_ended"]),
      },
    },
    async (request, reply) => {
      const session = request.body
        ? { refreshToken: request.body.refreshToken }
        : { sessionId: (await authenticate(deps, request.headers.authorization)).sid };
      await signOut(deps, session, originOf(request, deps.config));
      return reply.code(204).send(null);
    },
  );

  app.post(
    "/logout-all",
    {
      schema: {
        summary: "Sign out everywhere",
        tags,
        security,
        body: Type.Union([Type.Object({}, strict), Type.Null()]),
        response: describeAnswersToBody({ 204: Type.Null() }, ["invalid_token", "session_ended"]),
      },
    },
    async (request, reply) => {
      const { sub } = await authenticate(deps, request.headers.authorization);
      await signOutEverywhere(deps, sub, originOf(request, deps.config));
      return reply.code(204).send(null);
    },
  );

  app.delete(
    "/sessions/:id",
    {
      schema: {
        summary: "End one of my sessions",
        tags,
        security,
        params: Type.Object({ id: Type.String({ pattern: UUID }) }),
        response: describeAnswers({ 204: Type.Null() }, [
          "invalid_token",
          "session_ended",
          "not_found",
        ]),
      },
    },
    async (request, reply) => {
      const { sub } = await authenticate(deps, request.headers.authorization);
      const session = { sessionId: request.params.id, ownerId: sub };
      await endOwnSession(deps, session, originOf(request, deps.config));
      return reply.code(204).send(null);
    },
  );
};

const viewRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.get(
    "/session",
    {
      schema: {
        summary: "What my access token says",
        tags,
        security,
        response: describeAnswers({ 200: ClaimsSchema }, ["invalid_token", "session_ended"]),
      },
    },
    async (request) => {
      const { sub, sid, exp, authTime, amr } = await authenticate(
        deps,
        request.headers.authorization,
      );
      return { sub, sid, expiresAt: isoTime(exp), authTime: isoTime(authTime), amr };
    },
  );

  app.get(
    "/sessions",
    {
      schema: {
        summary: "My live sessions",
        tags,
        security,
        response: describeAnswers({ 200: SessionListSchema }, ["invalid_token", "session_ended"]),
      },
    },
    async (request) => {
      const { sub, sid } = await authenticate(deps, request.headers.authorization);
      return { sessions: await listSessions(deps, { userId: sub, sessionId: sid }) };
    },
  );
};
