import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";
import type { Deps } from "../deps.ts";
import { describeAnswersToBody } from "../http/describe-answers.ts";
import { Email, Phone, requireEmail, requirePhone } from "../http/fields.ts";
import { originOf } from "../http/origin.ts";
import { SentCodeSchema } from "../one-time-codes/schemas.ts";
import { authenticate } from "../sessions/authenticate.ts";
import { changeEmail, changePhone } from "./change-contact.ts";

const tags = ["Accounts"];
const security = [{ bearer: [] }];
const strict = { additionalProperties: false };
const refusals = [
  "invalid_token",
  "session_ended",
  "step_up_required",
  "otp_cooldown",
  "otp_limit",
] as const;

/** HTTP only: read the request, call one use case, write the answer. */
export const contactRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.post(
    "/email/change",
    {
      schema: {
        operationId: "changeEmail",
        summary: "Change my email",
        description:
          "Sends a code to the new address and a notice to the old one. otp/verify with the code makes the change. Needs a sign-in of the last five minutes.",
        tags,
        security,
        body: Type.Object({ email: Email }, strict),
        response: describeAnswersToBody({ 202: SentCodeSchema }, refusals),
      },
    },
    async (request, reply) => {
      const claims = await authenticate(deps, request.headers.authorization);
      const email = requireEmail(request.body.email);
      const origin = originOf(request, deps.config);
      return reply.code(202).send(await changeEmail(deps, { claims, email, origin }));
    },
  );

  app.post(
    "/phone/change",
    {
      schema: {
        operationId: "changePhone",
        summary: "Change my phone number",
        description:
          "Sends a code to the new number and a notice to the account's email. otp/verify with the code makes the change. Needs a sign-in of the last five minutes.",
        tags,
        security,
        body: Type.Object({ phone: Phone }, strict),
        response: describeAnswersToBody({ 202: SentCodeSchema }, [
          ...refusals,
          "phone_not_supported",
        ]),
      },
    },
    async (request, reply) => {
      const claims = await authenticate(deps, request.headers.authorization);
      const phone = requirePhone(request.body.phone);
      const origin = originOf(request, deps.config);
      return reply.code(202).send(await changePhone(deps, { claims, phone, origin }));
    },
  );
};
