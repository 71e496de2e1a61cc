import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";
import type { Deps } from "../deps.ts";
import { signInFields } from "../http/cookie-mode.ts";
import { describeAnswers, describeAnswersToBody } from "../http/describe-answers.ts";
import { Email, Password, requireEmail, requirePassword } from "../http/fields.ts";
import { originOf } from "../http/origin.ts";

import { SentCodeSchema } from "../one-time-codes/schemas.ts";
import { answerSession } from "../sessions/answer-sign-in.ts";
import { authenticate } from "../sessions/authenticate.ts";
import { SessionSchema, UserSchema } from "../sessions/views.ts";
import { findOwnAccount } from "./find-own-account.ts";
import { signUp } from "./sign-up.ts";

const tags = ["Accounts"];
const strict = { additionalProperties: false };

const NewAccount = Type.Object(
  {
    email: Email,
    password: Password,
    name: Type.String({ minLength: 1, maxLength: 200 }),
    userType: Type.Optional(
      Type.String({
        pattern: "^[a-z][a-z0-9_]{0,63}$",
        description: "One of USER_TYPES; the first of them where it is left out.",
      }),
    ),
    phone: Type.Optional(Type.String({ minLength: 5, maxLength: 32 })),
    transport: signInFields.transport,
  },
  strict,
);

/** HTTP only: read the request, call one use case, write the answer. */
export const accountRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.post(
    "/signup",
    {
      schema: {
        operationId: "signUp",
        summary: "Open an account",
        description:
          "201 where SIGNUP_MODE is open. 202 where it is verify_first: the account opens once otp/verify gets the code that was mailed, and a taken email gets the same answer.",
        tags,
        body: NewAccount,
        response: describeAnswersToBody({ 201: SessionSchema, 202: SentCodeSchema }, [
          "email_taken",
          "otp_cooldown",
          "otp_limit",
          "csrf_refused",
          "password_rejected",
          "too_many_requests",
        ]),
      },
    },
    async (request, reply) => {
      const { email, password, name, userType = null, phone = null } = request.body;
      const origin = originOf(request, deps.config);
      const input = {
        email: requireEmail(email),
        password: requirePassword(password),
        name,
        userType,
        phone,
        origin,
      };
      const signedUp = await signUp(deps, input);
      return signedUp.next === "session"
        ? reply.code(201).send(answerSession(request, reply, signedUp.session))
        : reply.code(202).send(signedUp.sent);
    },
  );

  app.get(
    "/me",
    {
      schema: {
        operationId: "getAccount",
        summary: "My account",
        tags,
        security: [{ bearer: [] }],
        response: describeAnswers({ 200: Type.Object({ user: UserSchema }, strict) }, [
          "invalid_token",
          "session_ended",
        ]),
      },
    },
    async (request) => {
      const { sub } = await authenticate(deps, request.headers.authorization);
      return { user: await findOwnAccount(deps, sub) };
    },
  );
};
