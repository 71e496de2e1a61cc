import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";
import type { Deps } from "../deps.ts";
import { describeAnswers, describeAnswersToBody } from "../http/describe-answers.ts";
import { Uuid } from "../http/fields.ts";
import { originOf } from "../http/origin.ts";
import { authenticate } from "../sessions/authenticate.ts";
import { CREDENTIAL_SECONDS, requireRecentSignIn } from "../sessions/require-recent-sign-in.ts";
import { codeProof, credentialProof, ProviderId } from "./fields.ts";
import { linkIdentity } from "./link-identity.ts";
import { listConnections } from "./list-connections.ts";
import type { IdentityProof } from "./prove-identity.ts";
import { unlinkIdentity } from "./unlink-identity.ts";

const tags = ["OAuth"];
const security = [{ bearer: [] }];
const strict = { additionalProperties: false };

const ConnectionSchema = Type.Object(
  {
    id: Type.String(),
    provider: Type.String(),
    emailHint: Type.Union([Type.String(), Type.Null()], {
      description: "The email at the provider when it was linked, masked.",
    }),
    linkedAt: Type.String({ format: "date-time" }),
    lastUsedAt: Type.Union([Type.String({ format: "date-time" }), Type.Null()]),
  },
  strict,
);

const ProofSchema = Type.Union([
  Type.Object(codeProof, strict),
  Type.Object({ provider: ProviderId, ...credentialProof }, strict),
]);

/** HTTP only: read the request, call one use case, write the answer. */
export const connectionRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (
  app,
  { deps },
) => {
  await app.register(listRoutes, { deps });
  await app.register(linkRoutes, { deps });
  await app.register(unlinkRoutes, { deps });
};

const listRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.get(
    "/connections",
    {
      schema: {
        operationId: "listConnections",
        summary: "My ways in by a provider",
        tags,
        security,
        response: describeAnswers(
          { 200: Type.Object({ connections: Type.Array(ConnectionSchema) }, strict) },
          ["invalid_token", "session_ended"],
        ),
      },
    },
    async (request) => {
      const { sub } = await authenticate(deps, request.headers.authorization);
      return { connections: await listConnections(deps, sub) };
    },
  );
};

const linkRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.post(
    "/connections",
    {
      schema: {
        operationId: "linkConnection",
        summary: "Link a provider's identity to my account",
        description:
          "Within 5 minutes of a sign-in or step-up. With the code that oauth/:provider/start led to, or with an ID token.",
        tags,
        security,
        body: ProofSchema,
        response: describeAnswersToBody({ 201: Type.Object({ id: Type.String() }, strict) }, [
          "invalid_token",
          "session_ended",
          "step_up_required",
          "invalid_code",
          "oauth_failed",
          "not_found",
          "connection_taken",
          "account_locked",
          "too_many_requests",
        ]),
      },
    },
    async (request, reply) => {
      const claims = await authenticate(deps, request.headers.authorization);
      await requireRecentSignIn(deps, claims, CREDENTIAL_SECONDS);
      const id = await linkIdentity(deps, {
        proof: toProof(request.body),
        userId: claims.sub,
        sessionId: claims.sid,
        origin: originOf(request, deps.config),
      });
      return reply.code(201).send({ id });
    },
  );
};

const unlinkRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.delete(
    "/connections/:id",
    {
      schema: {
        operationId: "unlinkConnection",
        summary: "Unlink a provider's identity",
        description: "Within 5 minutes of a sign-in or step-up.",
        tags,
        security,
        params: Type.Object({ id: Uuid }),
        response: describeAnswers({ 204: Type.Null() }, [
          "invalid_token",
          "session_ended",
          "step_up_required",
          "not_found",
          "last_sign_in_method",
        ]),
      },
    },
    async (request, reply) => {
      const claims = await authenticate(deps, request.headers.authorization);
      await requireRecentSignIn(deps, claims, CREDENTIAL_SECONDS);
      await unlinkIdentity(deps, {
        connectionId: request.params.id,
        userId: claims.sub,
        sessionId: claims.sid,
        origin: originOf(request, deps.config),
      });
      return reply.code(204).send(null);
    },
  );
};

const toProof = (body: Type.Static<typeof ProofSchema>): IdentityProof =>
  "code" in body ? body : { ...body, nonce: body.nonce ?? null };
