import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";
import type { Deps } from "../deps.ts";
import { describeAnswersToBody } from "../http/describe-answers.ts";
import { originOf } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { CREDENTIAL_SECONDS, requireRecentSignIn } from "../sessions/require-recent-sign-in.ts";
import { confirmTotp } from "./confirm-totp.ts";
import { confirmSent, enrollSent } from "./enroll-sent.ts";
import { enrollTotp } from "./enroll-totp.ts";
import { findSignedInHolder, type SignedInHolder } from "./find-holder.ts";
import { BackupCodesSchema, FactorCode, SentCodeSchema } from "./methods.ts";

/** The sign-in that an enrolment needs is at most 5 minutes old, and the enrolment waits for 15. */
const CONFIRM_SECONDS = CREDENTIAL_SECONDS + 900;

const tags = ["Second factors"];
const security = [{ bearer: [] }];
const strict = { additionalProperties: false };
const NoBody = Type.Union([Type.Object({}, strict), Type.Null()]);
const CodeBody = Type.Object({ code: FactorCode }, strict);

/** NIST SP 800-63B-4, 3.2.9: who offers a restricted authenticator says what is wrong with it. */
const SMS_RISK =
  "Text messages are the weakest second factor: whoever takes over your number, or reads your messages on their way, gets the code. An authenticator app is safer; keep one beside this.";

const refusals = [
  "invalid_token",
  "session_ended",
  "step_up_required",
  "verified_contact_required",
  "factor_enabled",
] as const;

const Notice = Type.Optional(
  Type.String({ description: "A risk to show to the user, where codes by text message are on." }),
);

const ENABLED =
  "Answers ten backup codes, shown this once; those made before are no longer good. All other sessions and the trust in devices end.";

const TotpEnrolmentSchema = Type.Object(
  {
    secret: Type.String({ description: "Base32, to be typed where no camera is." }),
    otpauthUri: Type.String(),
    qrSvg: Type.String({ description: "The same address as an SVG image." }),
    notice: Notice,
  },
  strict,
);

const SentEnrolmentSchema = Type.Object(
  {
    ...SentCodeSchema.properties,
    alternatives: Type.Array(Type.String()),
    notice: Notice,
  },
  strict,
);

/** Switching factors on. HTTP only: read the request, call one use case, write the answer. */
export const enrollRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  await app.register(totpRoutes, { deps });
  await app.register(sentRoutes, { deps, channel: "sms" });
  await app.register(sentRoutes, { deps, channel: "email" });
};

const totpRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.post(
    "/2fa/totp/enroll",
    {
      schema: {
        operationId: "enrollTotp",
        summary: "Connect an authenticator app",
        description:
          "Needs a sign-in or step-up of the last 5 minutes. The secret is shown this once and is no factor until it is confirmed, within 15 minutes. Asked for again before that, a new one takes its place. To connect another app, disconnect the first.",
        tags,
        security,
        body: NoBody,
        response: describeAnswersToBody({ 200: TotpEnrolmentSchema }, refusals),
      },
    },
    async (request) => {
      const holder = await requireHolder(deps, request.headers.authorization, CREDENTIAL_SECONDS);
      const enrolment = await enrollTotp(deps, holder.account);
      const isSmsOn = holder.account.enabled.includes("sms");
      return { ...enrolment, ...(isSmsOn ? { notice: SMS_RISK } : {}) };
    },
  );

  app.post(
    "/2fa/totp/confirm",
    {
      schema: {
        operationId: "confirmTotp",
        summary: "Switch the authenticator app on by a first code of it",
        description: `${ENABLED} The code is used up by this.`,
        tags,
        security,
        body: CodeBody,
        response: describeAnswersToBody({ 200: BackupCodesSchema }, [
          "invalid_token",
          "session_ended",
          "step_up_required",
          "verified_contact_required",
          "factor_enabled",
          "invalid_code",
          "account_locked",
          "too_many_requests",
        ]),
      },
    },
    async (request) => {
      const { account, binding } = await requireHolder(
        deps,
        request.headers.authorization,
        CONFIRM_SECONDS,
      );
      const origin = originOf(request, deps.config);
      const { sessionId } = binding;
      const { code } = request.body;
      return { backupCodes: await confirmTotp(deps, { account, code, sessionId, origin }) };
    },
  );
};

type SentOptions = { deps: Deps; channel: "sms" | "email" };

const sentRoutes: FastifyPluginAsyncTypebox<SentOptions> = async (app, { deps, channel }) => {
  const medium = channel === "sms" ? "text message" : "mail";
  const name = channel === "sms" ? "SmsCodes" : "EmailCodes";
  app.post(
    `/2fa/${channel}/enroll`,
    {
      schema: {
        operationId: `enroll${name}`,
        summary: `Begin to use codes by ${medium}`,
        description: `Needs a sign-in or step-up of the last 5 minutes. A code goes to the account's own verified ${channel === "sms" ? "number" : "address. A code by mail never makes a session multi-factor (acr stays aal1)"}. Answers the other factors that could be used instead.`,
        tags,
        security,
        body: NoBody,
        response: describeAnswersToBody({ 202: SentEnrolmentSchema }, [
          ...refusals,
          "factor_unavailable",
          "otp_cooldown",
          "otp_limit",
        ]),
      },
    },
    async (request, reply) => {
      const holder = await requireHolder(deps, request.headers.authorization, CREDENTIAL_SECONDS);
      const origin = originOf(request, deps.config);
      const sent = await enrollSent(deps, { ...holder, channel, origin });
      const notice = channel === "sms" ? { notice: SMS_RISK } : {};
      return reply.code(202).send({ ...sent, alternatives: ["totp"], ...notice });
    },
  );

  app.post(
    `/2fa/${channel}/confirm`,
    {
      schema: {
        operationId: `confirm${name}`,
        summary: `Switch codes by ${medium} on, by the one that was sent`,
        description: ENABLED,
        tags,
        security,
        body: CodeBody,
        response: describeAnswersToBody({ 200: BackupCodesSchema }, [
          "invalid_token",
          "session_ended",
          "step_up_required",
          "verified_contact_required",
          "factor_enabled",
          "invalid_code",
          "account_locked",
          "too_many_requests",
          "otp_limit",
        ]),
      },
    },
    async (request) => {
      const holder = await requireHolder(deps, request.headers.authorization, CONFIRM_SECONDS);
      const origin = originOf(request, deps.config);
      const { code } = request.body;
      return { backupCodes: await confirmSent(deps, { ...holder, channel, origin }, code) };
    },
  );
};

/**
 * Whoever proves an unverified address gets the account without what was prepared in it,
 * so a factor of such an account would protect nothing, or keep the address from its owner.
 */
async function requireHolder(
  deps: Deps,
  authorization: string | undefined,
  secondsMax: number,
): Promise<SignedInHolder> {
  const holder = await findSignedInHolder(deps, authorization);
  await requireRecentSignIn(deps, holder.claims, secondsMax);
  if (!holder.account.isEmailVerified) {
    throw new Problem("verified_contact_required");
  }
  return holder;
}
