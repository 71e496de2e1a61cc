import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";
import type { Deps } from "../deps.ts";
import { signInFields } from "../http/cookie-mode.ts";
import { describeAnswers, describeAnswersToBody } from "../http/describe-answers.ts";
import { deviceTokenOf } from "../http/device-token.ts";
import { Password, requirePassword } from "../http/fields.ts";
import { originOf } from "../http/origin.ts";
import { answerSession, answerSignIn } from "../sessions/answer-sign-in.ts";
import { SessionSchema, SignInSchema, UserSchema } from "../sessions/views.ts";
import { findBearer, findBearerOrPending } from "./code-binding.ts";
import { findDelivery } from "./find-delivery.ts";
import { ChallengeId, ChallengeParams } from "./schemas.ts";
import { verifyCode } from "./verify-code.ts";

const tags = ["One-time codes"];
const security = [{ bearer: [] }, {}];
const strict = { additionalProperties: false };

const CodePresented = Type.Object(
  {
    challengeId: ChallengeId,
    code: Type.String({ pattern: "^([0-9]{6}|[0-9]{8})$" }),
    newPassword: Type.Optional(Password),
    ...signInFields,
  },
  strict,
);

const DeliverySchema = Type.Object(
  {
    status: Type.String(),
    channel: Type.Enum(["email", "sms"]),
    hint: Type.String({ description: "The masked recipient." }),
    updatedAt: Type.String({ format: "date-time" }),
  },
  strict,
);

/** HTTP only: read the request, call one use case, write the answer. */
export const verifyRoute: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.post(
    "/otp/verify",
    {
      schema: {
        operationId: "verifyCode",
        summary: "Present a code",
        description:
          "Verifies the address or number, makes the change, opens the account, signs in, or sets the new password. A code that was asked for with a bearer token needs the same session here.",
        tags,
        security,
        body: CodePresented,
        response: describeAnswersToBody(
          {
            200: Type.Union([SignInSchema, Type.Object({ user: UserSchema }, strict)]),
            201: SessionSchema,
            204: Type.Null({ description: "The new password is set." }),
          },
          [
            "invalid_code",
            "otp_limit",
            "too_many_requests",
            "invalid_token",
            "session_ended",
            "csrf_refused",
            "account_locked",
            "phone_taken",
            "password_rejected",
            "password_reused",
          ],
        ),
      },
    },
    async (request, reply) => {
      const { challengeId, code, newPassword } = request.body;
      const verified = await verifyCode(deps, {
        challengeId,
        code,
        newPassword: newPassword === undefined ? null : requirePassword(newPassword, "newPassword"),
        binding: await findBearer(deps, request.headers.authorization),
        deviceToken: deviceTokenOf(request),
        origin: originOf(request, deps.config),
      });
      switch (verified.next) {
        case "reset":
          return reply.code(204).send(null);
        case "signed_up":
          return reply.code(201).send(answerSession(request, reply, verified.session));
        case "signed_in":
          return answerSignIn(request, reply, verified.outcome);
        case "verified":
          return { user: verified.user };
      }
    },
  );
};

export const deliveryRoute: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.get(
    "/otp/:challengeId/delivery",
    {
      schema: {
        operationId: "getCodeDelivery",
        summary: "Was my code delivered?",
        description:
          "The true status for who asked with a bearer or pending token; for anybody else what the challenge itself tells.",
        tags,
        security,
        params: ChallengeParams,
        response: describeAnswers({ 200: DeliverySchema }, [
          "not_found",
          "invalid_token",
          "session_ended",
        ]),
      },
    },
    async (request) => {
      const { challengeId } = request.params;
      const binding = await findBearerOrPending(deps, request.headers.authorization);
      return findDelivery(deps, { challengeId, binding });
    },
  );
};
