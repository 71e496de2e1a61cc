import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";
import type { Deps } from "../deps.ts";
import { describeAnswersToBody } from "../http/describe-answers.ts";
import { Password, requirePassword } from "../http/fields.ts";
import { originOf } from "../http/origin.ts";
import { authenticate } from "../sessions/authenticate.ts";
import { changePassword } from "./change-password.ts";

/** HTTP only: read the request, call one use case, write the answer. */
export const passwordRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.post(
    "/password/change",
    {
      schema: {
        operationId: "changePassword",
        summary: "Change my password",
        description: "Signs out everywhere else. Needs a sign-in at most 5 minutes old.",
        tags: ["Passwords"],
        security: [{ bearer: [] }],
        body: Type.Object(
          { currentPassword: Password, newPassword: Password },
          { additionalProperties: false },
        ),
        response: describeAnswersToBody({ 204: Type.Null() }, [
          "invalid_token",
          "session_ended",
          "invalid_credentials",
          "step_up_required",
          "password_rejected",
          "password_reused",
          "account_locked",
          "too_many_requests",
        ]),
      },
    },
    async (request, reply) => {
      const claims = await authenticate(deps, request.headers.authorization);
      const { currentPassword, newPassword } = request.body;
      await changePassword(deps, {
        claims,
        currentPassword: requirePassword(currentPassword, "currentPassword"),
        newPassword: requirePassword(newPassword, "newPassword"),
        origin: originOf(request, deps.config),
      });
      return reply.code(204).send(null);
    },
  );
};
