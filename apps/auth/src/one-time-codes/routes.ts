import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { type Static, Type } from "typebox";
import { findOwnAccount } from "../accounts/find-own-account.ts";
import type { Deps } from "../deps.ts";
import { signInFields } from "../http/cookie-mode.ts";
import { describeAnswers, describeAnswersToBody } from "../http/describe-answers.ts";
import { deviceTokenOf } from "../http/device-token.ts";
import { Email, requireEmail } from "../http/fields.ts";
import { originOf } from "../http/origin.ts";

import { Problem } from "../problem.ts";
import { answerSignIn } from "../sessions/answer-sign-in.ts";
import { authenticate } from "../sessions/authenticate.ts";
import { SignInSchema, UserSchema } from "../sessions/views.ts";
import { findDelivery } from "./find-delivery.ts";
import { resendCode } from "./resend-code.ts";
import { sendCode } from "./send-code.ts";
import { verifyCode } from "./verify-code.ts";

const tags = ["One-time codes"];
const security = [{ bearer: [] }, {}];
const strict = { additionalProperties: false };

const CodeRequest = Type.Object(
  {
    purpose: Type.Enum(["verify_email", "sign_in"]),
    channel: Type.Literal("email"),
    email: Type.Optional(Email),
  },
  strict,
);

const CodePresented = Type.Object(
  {
    challengeId: Type.String({ minLength: 1, maxLength: 64 }),
    code: Type.String({ pattern: "^([0-9]{6}|[0-9]{8})$" }),
    ...signInFields,
  },
  strict,
);

const SentCodeSchema = Type.Object(
  {
    challengeId: Type.String(),
    expiresIn: Type.Integer({ description: "Seconds until the code ends." }),
    resendAfter: Type.Integer({ description: "Seconds until it may be sent again." }),
  },
  strict,
);

const DeliverySchema = Type.Object(
  {
    status: Type.String(),
    channel: Type.Literal("email"),
    hint: Type.String({ description: "The masked recipient." }),
    updatedAt: Type.String({ format: "date-time" }),
  },
  strict,
);

const ChallengeParams = Type.Object({ challengeId: Type.String({ minLength: 1, maxLength: 64 }) });

/** HTTP only: read the request, call one use case, write the answer. */
export const oneTimeCodeRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (
  app,
  { deps },
) => {
  await app.register(sendRoutes, { deps });
  await app.register(useRoutes, { deps });
};

const sendRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.post(
    "/otp/send",
    {
      schema: {
        summary: "Ask for a code",
        description:
          "verify_email goes to the address of the bearer's account; sign_in to the one given, with the same answer whether anybody has it.",
        tags,
        security,
        body: CodeRequest,
        response: describeAnswersToBody({ 202: SentCodeSchema }, [
          "invalid_token",
          "session_ended",
          "otp_cooldown",
          "otp_limit",
        ]),
      },
    },
    async (request, reply) => {
      const addressee = await findAddressee(deps, request.body, request.headers.authorization);
      const origin = originOf(request, deps.config);
      const sent = await sendCode(deps, {
        purpose: request.body.purpose,
        ...addressee,
        origin,
      });
      return reply.code(202).send(sent);
    },
  );

  app.post(
    "/otp/:challengeId/resend",
    {
      schema: {
        summary: "Send the same code again",
        tags,
        security,
        params: ChallengeParams,
        body: Type.Union([Type.Object({}, strict), Type.Null()]),
        response: describeAnswersToBody({ 202: SentCodeSchema }, [
          "not_found",
          "otp_cooldown",
          "otp_limit",
        ]),
      },
    },
    async (request, reply) => {
      const { challengeId } = request.params;
      const sessionId = await findSession(deps, request.headers.authorization);
      const origin = originOf(request, deps.config);
      return reply.code(202).send(await resendCode(deps, { challengeId, sessionId, origin }));
    },
  );
};

const useRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.post(
    "/otp/verify",
    {
      schema: {
        summary: "Present a code",
        tags,
        security,
        body: CodePresented,
        response: describeAnswersToBody(
          { 200: Type.Union([SignInSchema, Type.Object({ user: UserSchema }, strict)]) },
          ["invalid_code", "otp_limit", "invalid_token", "session_ended", "csrf_refused"],
        ),
      },
    },
    async (request, reply) => {
      const { challengeId, code } = request.body;
      const sessionId = await findSession(deps, request.headers.authorization);
      const origin = originOf(request, deps.config);
      const verified = await verifyCode(deps, {
        challengeId,
        code,
        sessionId,
        deviceToken: deviceTokenOf(request),
        origin,
      });
      return verified.next === "signed_in"
        ? answerSignIn(request, reply, verified.outcome)
        : { user: verified.user };
    },
  );

  app.get(
    "/otp/:challengeId/delivery",
    {
      schema: {
        summary: "Was my code delivered?",
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
      const sessionId = await findSession(deps, request.headers.authorization);
      return findDelivery(deps, { challengeId, sessionId });
    },
  );
};

/** The session of the bearer token, or null where none was sent. A bad one is refused, not ignored. */
async function findSession(deps: Deps, authorization: string | undefined): Promise<string | null> {
  return authorization === undefined ? null : (await authenticate(deps, authorization)).sid;
}

async function findAddressee(
  deps: Deps,
  { purpose, email }: Static<typeof CodeRequest>,
  authorization: string | undefined,
): Promise<{ recipient: string; sessionId: string | null }> {
  if (purpose === "verify_email") {
    const { sub, sid } = await authenticate(deps, authorization);
    return { recipient: (await findOwnAccount(deps, sub)).email.toLowerCase(), sessionId: sid };
  }
  if (email === undefined) {
    throw new Problem("invalid_request", {
      errors: [{ pointer: "/email", message: "is needed for this purpose" }],
    });
  }
  return { recipient: requireEmail(email), sessionId: null };
}
