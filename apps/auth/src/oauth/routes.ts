import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";
import type { Deps } from "../deps.ts";
import { signInFields } from "../http/cookie-mode.ts";
import { describeAnswers, describeAnswersToBody } from "../http/describe-answers.ts";
import { deviceTokenOf } from "../http/device-token.ts";
import { originOf } from "../http/origin.ts";
import { answerSignIn } from "../sessions/answer-sign-in.ts";
import { SignInSchema } from "../sessions/views.ts";
import { readBrowserCookie, setBrowserCookie } from "./browser-cookie.ts";
import { connectionRoutes } from "./connection-routes.ts";
import { codeProof, credentialProof, ProviderId } from "./fields.ts";
import { finishAuthorisation } from "./finish-authorisation.ts";
import { proveIdentity } from "./prove-identity.ts";
import { signInWithIdentity } from "./sign-in-with-identity.ts";
import { startAuthorisation } from "./start-authorisation.ts";
import { newSecret } from "./tickets.ts";

const tags = ["OAuth"];
const strict = { additionalProperties: false };
const params = Type.Object({ provider: ProviderId });
const Redirect = Type.Null({ description: "The address stands in the Location header." });

const SIGN_IN_REFUSALS = [
  "oauth_failed",
  "link_required",
  "account_locked",
  "too_many_requests",
  "not_found",
  "csrf_refused",
] as const;

const BeginQuery = Type.Object(
  {
    returnTo: Type.String({
      maxLength: 2_048,
      description: "Where the browser ends up: one of REDIRECT_URLS, to the letter.",
    }),
    codeChallenge: Type.String({
      pattern: "^[A-Za-z0-9_-]{43}$",
      description:
        "Base64url of the SHA-256 of a random verifier of 43 to 128 characters (RFC 7636, S256). Keep the verifier: oauth/exchange asks for it.",
    }),
  },
  strict,
);

/** Providers add parameters of their own. */
const CallbackQuery = Type.Object(
  {
    state: Type.String({ maxLength: 512 }),
    code: Type.Optional(Type.String({ maxLength: 4_096 })),
    error: Type.Optional(Type.String({ maxLength: 512 })),
  },
  { additionalProperties: Type.Unknown() },
);

/** HTTP only: read the request, call one use case, write the answer. */
export const oauthRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  await app.register(browserRoutes, { deps });
  await app.register(appRoutes, { deps });
  await app.register(connectionRoutes, { deps });
};

/** What a browser is sent to. */
const browserRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.get(
    "/oauth/:provider/start",
    {
      schema: {
        operationId: "startProviderSignIn",
        summary: "Go to a provider to sign in or to link",
        description:
          "Open it in the browser. It comes back to returnTo with `?code=`, good once for 60 seconds at oauth/exchange or connections, or with `?error=access_denied` or `?error=provider_error`.",
        tags,
        params,
        querystring: BeginQuery,
        response: describeAnswers({ 302: Redirect }, ["not_found", "too_many_requests"]),
      },
    },
    async (request, reply) => {
      const browser = readBrowserCookie(request) ?? newSecret();
      const address = await startAuthorisation(deps, {
        ...request.query,
        provider: request.params.provider,
        browser,
        origin: originOf(request, deps.config),
      });
      setBrowserCookie(reply, browser);
      return reply.redirect(address, 302);
    },
  );

  app.get(
    "/oauth/:provider/callback",
    {
      schema: {
        operationId: "finishProviderSignIn",
        summary: "Come back from a provider",
        description: "The redirect URI to register with the provider. No app calls it.",
        tags,
        params,
        querystring: CallbackQuery,
        response: describeAnswers({ 302: Redirect }, [
          "oauth_state_invalid",
          "oauth_failed",
          "not_found",
        ]),
      },
    },
    async (request, reply) => {
      const address = await finishAuthorisation(deps, {
        provider: request.params.provider,
        // As it was sent: the provider's answer is judged whole, doubled parameters included.
        answer: new URL(request.url, deps.config.publicUrl).searchParams,
        browser: readBrowserCookie(request),
        origin: originOf(request, deps.config),
      });
      return reply.redirect(address, 302);
    },
  );
};

/** What an app calls. */
const appRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.post(
    "/oauth/exchange",
    {
      schema: {
        operationId: "exchangeProviderCode",
        summary: "Trade the code of a provider's sign-in for a session",
        description:
          "`link_required`: sign in as before, then link the identity by POST /connections.",
        tags,
        body: Type.Object({ ...codeProof, ...signInFields }, strict),
        response: describeAnswersToBody({ 200: SignInSchema }, [
          ...SIGN_IN_REFUSALS,
          "invalid_code",
        ]),
      },
    },
    async (request, reply) => {
      const { code, codeVerifier } = request.body;
      const origin = originOf(request, deps.config);
      const identity = await proveIdentity(deps, { code, codeVerifier }, origin);
      const deviceToken = deviceTokenOf(request);
      const outcome = await signInWithIdentity(deps, { identity, deviceToken, origin });
      return answerSignIn(request, reply, outcome);
    },
  );

  app.post(
    "/google",
    {
      schema: {
        operationId: "signInWithGoogle",
        summary: "Sign in with an ID token from Google",
        description:
          "For apps in which Google's own library signs in. The token must be less than ten minutes old and is good once.",
        tags,
        body: Type.Object({ ...credentialProof, ...signInFields }, strict),
        response: describeAnswersToBody({ 200: SignInSchema }, SIGN_IN_REFUSALS),
      },
    },
    async (request, reply) => {
      const { credential, nonce = null } = request.body;
      const origin = originOf(request, deps.config);
      const proof = { provider: "google", credential, nonce };
      const identity = await proveIdentity(deps, proof, origin);
      const deviceToken = deviceTokenOf(request);
      const outcome = await signInWithIdentity(deps, { identity, deviceToken, origin });
      return answerSignIn(request, reply, outcome);
    },
  );
};
