import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";
import type { Deps } from "../deps.ts";
import { signInFields } from "../http/cookie-mode.ts";
import { describeAnswersToBody } from "../http/describe-answers.ts";
import { deviceTokenOf } from "../http/device-token.ts";
import { originOf } from "../http/origin.ts";
import { answerSession } from "../sessions/answer-sign-in.ts";
import { SessionSchema } from "../sessions/views.ts";
import { findPendingHolder, findSignedInHolder } from "./find-holder.ts";
import { FactorCode, Method, SentCodeSchema, SentMethod } from "./methods.ts";
import { passSecondStep } from "./pass-second-step.ts";
import { sendChallenge } from "./send-challenge.ts";

const tags = ["Second factors"];
const strict = { additionalProperties: false };

const PendingToken = Type.String({
  minLength: 1,
  maxLength: 2048,
  pattern: "^[\\w-]+\\.[\\w-]+\\.[\\w-]+$",
});

/** The second step of a sign-in. HTTP only: read the request, call one use case, write the answer. */
export const secondStepRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (
  app,
  { deps },
) => {
  await app.register(challengeRoute, { deps });
  app.post(
    "/2fa/verify",
    {
      schema: {
        operationId: "verifySecondFactor",
        summary: "Pass the second step of a sign-in",
        description:
          "The pending token is good for one session. A wrong code counts in a lane of the account's own, whatever the method: five in 15 minutes lock it. sms and email take the code last sent for this pending token. trustDevice leaves the second step out on this device for 30 days, or until a password or a factor changes.",
        tags,
        body: Type.Object(
          {
            pendingToken: PendingToken,
            method: Method,
            code: FactorCode,
            trustDevice: Type.Optional(Type.Boolean()),
            ...signInFields,
          },
          strict,
        ),
        response: describeAnswersToBody({ 200: SessionSchema }, [
          "invalid_token",
          "invalid_code",
          "account_locked",
          "otp_limit",
          "too_many_requests",
        ]),
      },
    },
    async (request, reply) => {
      const { pendingToken, method, code, trustDevice = false } = request.body;
      const session = await passSecondStep(deps, {
        pendingToken,
        method,
        code,
        trustsDevice: trustDevice,
        deviceToken: deviceTokenOf(request),
        origin: originOf(request, deps.config),
      });
      return answerSession(request, reply, session);
    },
  );
};

const challengeRoute: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.post(
    "/2fa/challenge",
    {
      schema: {
        operationId: "sendSecondFactorCode",
        summary: "Send the code of a second step",
        description:
          "With the pending token of a sign-in; or, for calls that ask a signed-in user for a factor, with a bearer token. It goes to the account's own verified number or address. Not to the one that the first step was proved by: the two must differ.",
        tags,
        security: [{}, { bearer: [] }],
        body: Type.Object(
          { pendingToken: Type.Optional(PendingToken), method: SentMethod },
          strict,
        ),
        response: describeAnswersToBody({ 202: SentCodeSchema }, [
          "invalid_token",
          "session_ended",
          "factor_unavailable",
          "otp_cooldown",
          "otp_limit",
        ]),
      },
    },
    async (request, reply) => {
      const { pendingToken, method: channel } = request.body;
      const holder = await (pendingToken === undefined
        ? findSignedInHolder(deps, request.headers.authorization)
        : findPendingHolder(deps, pendingToken));
      const origin = originOf(request, deps.config);
      return reply.code(202).send(await sendChallenge(deps, { holder, channel, origin }));
    },
  );
};
