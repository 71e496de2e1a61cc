import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";
import type { Deps } from "../deps.ts";
import { describeAnswers, describeAnswersToBody } from "../http/describe-answers.ts";
import { deviceTokenOf } from "../http/device-token.ts";
import { requirePassword, Uuid } from "../http/fields.ts";
import { originOf } from "../http/origin.ts";

import { isoTime } from "../iso-time.ts";
import { answerSignIn } from "./answer-sign-in.ts";
import { authenticate } from "./authenticate.ts";
import { Credentials, requireIdentifier } from "./credentials.ts";
import { endOwnSession } from "./end-session.ts";
import { listSessions } from "./list-sessions.ts";
import { signIn } from "./sign-in.ts";
import { signOutEverywhere } from "./sign-out-everywhere.ts";
import { stepUpRoutes } from "./step-up-routes.ts";
import { tokenRoutes } from "./token-routes.ts";
import { SignInSchema } from "./views.ts";

const tags = ["Sessions"];
const security = [{ bearer: [] }];
const strict = { additionalProperties: false };

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
  await app.register(tokenRoutes, { deps });
  await app.register(stepUpRoutes, { deps });
  await app.register(endRoutes, { deps });
  await app.register(viewRoutes, { deps });
};

const startRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.post(
    "/login",
    {
      schema: {
        operationId: "signIn",
        summary: "Sign in",
        tags,
        body: Credentials,
        response: describeAnswersToBody({ 200: SignInSchema }, [
          "invalid_credentials",
          "password_expired",
          "csrf_refused",
          "account_locked",
          "too_many_requests",
        ]),
      },
    },
    async (request, reply) => {
      const outcome = await signIn(deps, {
        identifier: requireIdentifier(request.body),
        password: requirePassword(request.body.password),
        deviceToken: deviceTokenOf(request),
        origin: originOf(request, deps.config),
      });
      return answerSignIn(request, reply, outcome);
    },
  );
};

const endRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.post(
    "/logout-all",
    {
      schema: {
        operationId: "signOutEverywhere",
        summary: "Sign out everywhere",
        tags,
        security,
        body: Type.Union([Type.Object({}, strict), Type.Null()]),
        response: describeAnswersToBody({ 204: Type.Null() }, [
          "invalid_token",
          "session_ended",
          "step_up_required",
        ]),
      },
    },
    async (request, reply) => {
      const claims = await authenticate(deps, request.headers.authorization);
      await signOutEverywhere(deps, claims, originOf(request, deps.config));
      return reply.code(204).send(null);
    },
  );

  app.delete(
    "/sessions/:id",
    {
      schema: {
        operationId: "endSession",
        summary: "End one of my sessions",
        tags,
        security,
        params: Type.Object({ id: Uuid }),
        response: describeAnswers({ 204: Type.Null() }, [
          "invalid_token",
          "session_ended",
          "step_up_required",
          "not_found",
        ]),
      },
    },
    async (request, reply) => {
      const claims = await authenticate(deps, request.headers.authorization);
      const session = { sessionId: request.params.id, claims };
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
        operationId: "getSession",
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
        operationId: "listSessions",
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
