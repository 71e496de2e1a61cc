import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";
import type { Deps } from "../deps.ts";
import { describeAnswers, describeAnswersToBody } from "../http/describe-answers.ts";
import { Uuid } from "../http/fields.ts";
import { originOf } from "../http/origin.ts";
import { authenticate } from "../sessions/authenticate.ts";
import { createApiKey } from "./create-api-key.ts";
import { listApiKeys } from "./list-api-keys.ts";
import { revokeApiKey } from "./revoke-api-key.ts";
import { SCOPE_PATTERN } from "./scopes.ts";
import { verifyApiKey } from "./verify-api-key.ts";

const tags = ["API keys"];
const security = [{ bearer: [] }];
const strict = { additionalProperties: false };

const EXPIRY_DAYS = 90;
const EXPIRY_DAYS_MAX = 365;

const Scopes = Type.Array(Type.String({ pattern: SCOPE_PATTERN }), { maxItems: 50 });

const keyFields = {
  id: Type.String(),
  name: Type.String(),
  prefix: Type.String({ description: "The beginning of the key, to tell it by." }),
  scopes: Type.Array(Type.String()),
  rateLimitPerMinute: Type.Union([Type.Integer(), Type.Null()]),
  createdAt: Type.String({ format: "date-time" }),
  expiresAt: Type.String({ format: "date-time" }),
  lastUsedAt: Type.Union([Type.String({ format: "date-time" }), Type.Null()]),
};

const ApiKeySchema = Type.Object(keyFields, strict);

const CreatedApiKeySchema = Type.Object(
  { ...keyFields, key: Type.String({ description: "The key. It is shown here and never again." }) },
  strict,
);

const NewApiKey = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100, examples: ["Nightly export"] }),
    scopes: Scopes,
    expiresInDays: Type.Optional(Type.Integer({ minimum: 1, maximum: EXPIRY_DAYS_MAX })),
    rateLimitPerMinute: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  },
  strict,
);

const VerifiedSchema = Type.Object(
  {
    valid: Type.Boolean(),
    userId: Type.Optional(Type.String()),
    scopes: Type.Optional(Type.Array(Type.String())),
    reason: Type.Optional(
      Type.Enum(["unknown", "revoked", "expired", "scope_missing", "rate_limited"]),
    ),
    remaining: Type.Optional(
      Type.Integer({ description: "Uses left in this minute, of a key that has a limit." }),
    ),
  },
  strict,
);

/** HTTP only: read the request, call one use case, write the answer. */
export const apiKeyRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  await app.register(makeRoutes, { deps });
  await app.register(revokeRoutes, { deps });
  await app.register(verifyRoutes, { deps });
};

const makeRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.get(
    "/api-keys",
    {
      schema: {
        operationId: "listApiKeys",
        summary: "My API keys",
        tags,
        security,
        response: describeAnswers(
          { 200: Type.Object({ apiKeys: Type.Array(ApiKeySchema) }, strict) },
          ["invalid_token", "session_ended"],
        ),
      },
    },
    async (request) => {
      const { sub } = await authenticate(deps, request.headers.authorization);
      return { apiKeys: await listApiKeys(deps, sub) };
    },
  );

  app.post(
    "/api-keys",
    {
      schema: {
        operationId: "createApiKey",
        summary: "Make an API key",
        description: "Needs a sign-in at most 5 minutes old. The key is in this answer alone.",
        tags,
        security,
        body: NewApiKey,
        response: describeAnswersToBody({ 201: CreatedApiKeySchema }, [
          "invalid_token",
          "session_ended",
          "step_up_required",
          "account_locked",
          "api_key_limit",
        ]),
      },
    },
    async (request, reply) => {
      const claims = await authenticate(deps, request.headers.authorization);
      const { name, scopes, expiresInDays = EXPIRY_DAYS, rateLimitPerMinute = null } = request.body;
      const origin = originOf(request, deps.config);
      const input = { claims, name, scopes, expiresInDays, rateLimitPerMinute, origin };
      return reply.code(201).send(await createApiKey(deps, input));
    },
  );
};

const revokeRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.delete(
    "/api-keys/:id",
    {
      schema: {
        operationId: "revokeApiKey",
        summary: "Revoke one of my API keys",
        tags,
        security,
        params: Type.Object({ id: Uuid }),
        response: describeAnswers({ 204: Type.Null() }, [
          "invalid_token",
          "session_ended",
          "step_up_required",
          "not_found",
        ]),
      },
    },
    async (request, reply) => {
      const claims = await authenticate(deps, request.headers.authorization);
      const origin = originOf(request, deps.config);
      await revokeApiKey(deps, { id: request.params.id, claims, origin });
      return reply.code(204).send(null);
    },
  );
};

const verifyRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.post(
    "/api-keys/verify",
    {
      schema: {
        operationId: "verifyApiKey",
        summary: "Is this API key good?",
        description:
          "For the services that a key is used at. Who holds the key may ask: no token is needed. Past a limit of its address, a key that does not exist answers 429; it is none either way.",
        tags,
        body: Type.Object(
          { key: Type.String({ minLength: 1, maxLength: 512 }), scopes: Type.Optional(Scopes) },
          strict,
        ),
        response: describeAnswersToBody({ 200: VerifiedSchema }, ["too_many_requests"]),
      },
    },
    async (request) => {
      const { key, scopes = [] } = request.body;
      return verifyApiKey(deps, { key, scopes, origin: originOf(request, deps.config) });
    },
  );
};
