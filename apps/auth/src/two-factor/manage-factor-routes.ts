import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";
import type { Deps } from "../deps.ts";
import { describeAnswers, describeAnswersToBody } from "../http/describe-answers.ts";
import { Password, requirePassword } from "../http/fields.ts";
import { originOf } from "../http/origin.ts";
import { CREDENTIAL_SECONDS, requireRecentSignIn } from "../sessions/require-recent-sign-in.ts";
import { disableFactors } from "./disable-factors.ts";
import { findSignedInHolder } from "./find-holder.ts";
import { listFactors } from "./list-factors.ts";
import { BackupCodesSchema, FactorCode, Method } from "./methods.ts";
import { replaceBackupCodes } from "./replace-backup-codes.ts";

const tags = ["Second factors"];
const security = [{ bearer: [] }];
const strict = { additionalProperties: false };
const Factor = Type.Enum(["totp", "sms", "email"]);
const Time = Type.String({ format: "date-time" });

const FactorsSchema = Type.Object(
  {
    enabled: Type.Boolean(),
    factors: Type.Array(
      Type.Object(
        { method: Factor, enabledAt: Time, lastUsedAt: Type.Union([Time, Type.Null()]) },
        strict,
      ),
    ),
    backupCodesLeft: Type.Integer(),
    needsBackupCodes: Type.Boolean({ description: "Two or fewer are left: time for new ones." }),
  },
  strict,
);

const presented = { method: Method, code: FactorCode };
const refusals = [
  "invalid_token",
  "session_ended",
  "invalid_code",
  "account_locked",
  "otp_limit",
  "too_many_requests",
] as const;

/** What is on, and off again. HTTP only: read the request, call one use case, write the answer. */
export const manageFactorRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (
  app,
  { deps },
) => {
  await app.register(backupCodeRoute, { deps });
  app.get(
    "/2fa",
    {
      schema: {
        operationId: "listSecondFactors",
        summary: "My second factors",
        tags,
        security,
        response: describeAnswers({ 200: FactorsSchema }, ["invalid_token", "session_ended"]),
      },
    },
    async (request) => {
      const { account } = await findSignedInHolder(deps, request.headers.authorization);
      return listFactors(deps, account);
    },
  );

  app.delete(
    "/2fa",
    {
      schema: {
        operationId: "disableSecondFactors",
        summary: "Switch second factors off",
        description:
          "Against the password, where the account has one, and any factor that is on. All of them go, with the backup codes; or the one that `only` names. All other sessions and the trust in devices end.",
        tags,
        security,
        body: Type.Object(
          { password: Type.Optional(Password), ...presented, only: Type.Optional(Factor) },
          strict,
        ),
        response: describeAnswersToBody({ 204: Type.Null() }, [...refusals, "factor_unavailable"]),
      },
    },
    async (request, reply) => {
      const holder = await findSignedInHolder(deps, request.headers.authorization);
      const { password, method, code, only = null } = request.body;
      await disableFactors(deps, {
        holder,
        password: password === undefined ? null : requirePassword(password),
        method,
        code,
        only,
        origin: originOf(request, deps.config),
      });
      return reply.code(204).send(null);
    },
  );
};

const backupCodeRoute: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.post(
    "/2fa/backup-codes",
    {
      schema: {
        operationId: "replaceBackupCodes",
        summary: "Make new backup codes",
        description:
          "Needs a sign-in or step-up of the last 5 minutes, and a factor. Those made before are no longer good.",
        tags,
        security,
        body: Type.Object(presented, strict),
        response: describeAnswersToBody({ 200: BackupCodesSchema }, [
          ...refusals,
          "step_up_required",
        ]),
      },
    },
    async (request) => {
      const holder = await findSignedInHolder(deps, request.headers.authorization);
      await requireRecentSignIn(deps, holder.claims, CREDENTIAL_SECONDS);
      const { method, code } = request.body;
      const origin = originOf(request, deps.config);
      return { backupCodes: await replaceBackupCodes(deps, { holder, method, code, origin }) };
    },
  );
};
