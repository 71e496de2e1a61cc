import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";
import type { Deps } from "../deps.ts";
import { signInFields } from "../http/cookie-mode.ts";
import { describeAnswersToBody } from "../http/describe-answers.ts";
import { Password, requirePassword } from "../http/fields.ts";
import { originOf } from "../http/origin.ts";
import { FactorCode, Method } from "../two-factor/methods.ts";
import { answerSignIn } from "./answer-sign-in.ts";
import { authenticate } from "./authenticate.ts";
import { stepUp } from "./step-up.ts";
import { SignInSchema } from "./views.ts";

const strict = { additionalProperties: false };
const { transport } = signInFields;

const Proof = Type.Union([
  Type.Object({ password: Password, transport }, strict),
  Type.Object({ method: Method, code: FactorCode, transport }, strict),
]);

/** HTTP only: read the request, call one use case, write the answer. */
export const stepUpRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.post(
    "/step-up",
    {
      schema: {
        operationId: "stepUp",
        summary: "Prove again who you are",
        description:
          "A new session takes the place of the bearer's, which ends. It keeps what that session was opened with and adds what is proved now. Where the account has a second factor and the session did not pass it, a password leads to 2fa/verify, and the session stays.",
        tags: ["Sessions"],
        security: [{ bearer: [] }],
        body: Proof,
        response: describeAnswersToBody({ 200: SignInSchema }, [
          "invalid_token",
          "session_ended",
          "invalid_credentials",
          "invalid_code",
          "csrf_refused",
          "account_locked",
          "otp_limit",
          "too_many_requests",
        ]),
      },
    },
    async (request, reply) => {
      const claims = await authenticate(deps, request.headers.authorization);
      const { body } = request;
      const proof =
        "password" in body
          ? { password: requirePassword(body.password) }
          : { method: body.method, code: body.code };
      const origin = originOf(request, deps.config);
      return answerSignIn(request, reply, await stepUp(deps, { claims, proof, origin }));
    },
  );
};
