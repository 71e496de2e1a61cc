import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";
import type { Deps } from "../deps.ts";
import { describeAnswersToBody } from "../http/describe-answers.ts";
import { Email, OpaqueToken, Password, requireEmail, requirePassword } from "../http/fields.ts";
import { originOf } from "../http/origin.ts";
import { LINK_SECONDS, requestReset } from "./request-reset.ts";
import { resetByLink } from "./reset-by-link.ts";

const tags = ["Passwords"];
const strict = { additionalProperties: false };

const RequestedSchema = Type.Object(
  { expiresIn: Type.Integer({ description: "Seconds until the link ends." }) },
  strict,
);

/** HTTP only: read the request, call one use case, write the answer. */
export const recoveryRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.post(
    "/password/forgot",
    {
      schema: {
        operationId: "requestPasswordReset",
        summary: "Ask for a reset link",
        description: "The same answer whether or not anybody has the address.",
        tags,
        body: Type.Object({ email: Email }, strict),
        response: describeAnswersToBody({ 202: RequestedSchema }, ["too_many_requests"]),
      },
    },
    async (request, reply) => {
      const origin = originOf(request, deps.config);
      await requestReset(deps, { email: requireEmail(request.body.email), origin });
      return reply.code(202).send({ expiresIn: LINK_SECONDS });
    },
  );

  app.post(
    "/password/reset",
    {
      schema: {
        operationId: "resetPassword",
        summary: "Set a new password by a reset link",
        description: "Signs out everywhere and signs nobody in.",
        tags,
        body: Type.Object({ token: OpaqueToken, newPassword: Password }, strict),
        response: describeAnswersToBody({ 204: Type.Null() }, [
          "invalid_link",
          "password_rejected",
          "password_reused",
          "too_many_requests",
        ]),
      },
    },
    async (request, reply) => {
      const { token, newPassword } = request.body;
      await resetByLink(deps, {
        token,
        newPassword: requirePassword(newPassword, "newPassword"),
        origin: originOf(request, deps.config),
      });
      return reply.code(204).send(null);
    },
  );
};
