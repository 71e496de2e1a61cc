import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { type Static, Type } from "typebox";
import type { Deps } from "../deps.ts";
import { signInFields } from "../http/cookie-mode.ts";
import { describeAnswersToBody } from "../http/describe-answers.ts";
import { deviceTokenOf } from "../http/device-token.ts";
import { Email, Phone, requireEmail, requirePhone } from "../http/fields.ts";
import { originOf } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { authenticate } from "../sessions/authenticate.ts";
import { askAnonymously, askToVerify } from "./ask-for-code.ts";
import { findBearerOrPending } from "./code-binding.ts";
import { resendCode } from "./resend-code.ts";
import { ChallengeParams, SentCodeSchema } from "./schemas.ts";

const tags = ["One-time codes"];
const security = [{ bearer: [] }, {}];
const strict = { additionalProperties: false };

const CodeRequest = Type.Object(
  {
    purpose: Type.Enum(["verify_email", "verify_phone", "sign_in", "reset_password"], {
      examples: ["sign_in"],
    }),
    channel: Type.Enum(["email", "sms"]),
    email: Type.Optional(Email),
    phone: Type.Optional(Phone),
    ...signInFields,
  },
  strict,
);

/** Whoever is named, by the field that the channel takes. */
const RECIPIENT = {
  email: { isNeeded: true, field: "email" },
  sms: { isNeeded: true, field: "phone" },
} as const;

type Request = Static<typeof CodeRequest>;

/** HTTP only: read the request, call one use case, write the answer. */
export const sendRoute: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.post(
    "/otp/send",
    {
      schema: {
        operationId: "sendCode",
        summary: "Ask for a code",
        description:
          "verify_email and verify_phone go to the bearer's own address or number, or to the number to add; sign_in and reset_password to the one given, with the same answer whether anybody has it. A deviceToken of that account keeps strangers from using up its sends.",
        tags,
        security,
        body: CodeRequest,
        response: describeAnswersToBody({ 202: SentCodeSchema }, [
          "invalid_token",
          "session_ended",
          "step_up_required",
          "phone_not_supported",
          "otp_cooldown",
          "otp_limit",
          "csrf_refused",
        ]),
      },
    },
    async (request, reply) => {
      const { body, headers } = request;
      const { purpose } = body;
      const { email, phone } = readRecipient(body);
      const origin = originOf(request, deps.config);
      if (purpose === "verify_email" || purpose === "verify_phone") {
        const claims = await authenticate(deps, headers.authorization);
        return reply.code(202).send(await askToVerify(deps, { purpose, claims, phone, origin }));
      }
      const { channel } = body;
      const recipient = email ?? phone ?? "";
      const deviceToken = deviceTokenOf(request);
      const asked = { purpose, channel, recipient, deviceToken, origin };
      return reply.code(202).send(await askAnonymously(deps, asked));
    },
  );
};

export const resendRoute: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.post(
    "/otp/:challengeId/resend",
    {
      schema: {
        operationId: "resendCode",
        summary: "Send the same code again",
        description:
          "A code that was asked for with a bearer or pending token needs the same one here.",
        tags,
        security,
        params: ChallengeParams,
        body: Type.Union([Type.Object({}, strict), Type.Null()]),
        response: describeAnswersToBody({ 202: SentCodeSchema }, [
          "not_found",
          "invalid_token",
          "session_ended",
          "otp_cooldown",
          "otp_limit",
        ]),
      },
    },
    async (request, reply) => {
      const { challengeId } = request.params;
      const binding = await findBearerOrPending(deps, request.headers.authorization);
      const origin = originOf(request, deps.config);
      return reply.code(202).send(await resendCode(deps, { challengeId, binding, origin }));
    },
  );
};

/** For whom a code is by its purpose and channel; null where that combination does not exist. */
const FIELDS = {
  verify_email: { email: { isNeeded: false, field: null }, sms: null },
  verify_phone: { email: null, sms: { isNeeded: false, field: "phone" } },
  sign_in: RECIPIENT,
  reset_password: RECIPIENT,
} as const;

/** A field that would mean nothing is refused, and not passed over. */
function readRecipient(body: Request): { email: string | null; phone: string | null } {
  const taken = FIELDS[body.purpose][body.channel];
  if (taken === null) {
    throw refusal("/channel", "is not the channel of this purpose");
  }
  for (const field of ["email", "phone"] as const) {
    if (body[field] !== undefined && field !== taken.field) {
      throw refusal(`/${field}`, "is not taken for this purpose and channel");
    }
  }
  const { email, phone } = body;
  if (taken.isNeeded && (email ?? phone) === undefined) {
    throw refusal(`/${taken.field}`, "is needed for this purpose");
  }
  return {
    email: email === undefined ? null : requireEmail(email),
    phone: phone === undefined ? null : requirePhone(phone),
  };
}

const refusal = (pointer: string, message: string) =>
  new Problem("invalid_request", { errors: [{ pointer, message }] });
