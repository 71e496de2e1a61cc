import { digestToken, equalConstantTime } from "@postern/crypto";
import {
  AuthorizationResponseError,
  authorizationCodeGrant,
  ClientError,
  fetchUserInfo,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from "openid-client";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { askProvider, redirectUriOf, requireProvider } from "./ask-provider.ts";
import { type Identity, readIdentity } from "./identity.ts";
import type { IdentityProvider } from "./identity-providers.ts";
import { isProviderAway } from "./provider-fetch.ts";
import { recordOauthFailure } from "./record-oauth-failure.ts";
import { issueTicket, spendTicket } from "./tickets.ts";
import { verifyIdToken } from "./verify-id-token.ts";

export type FinishAuthorisationInput = {
  provider: string;
  /** What the provider sent back, as it stood in the address. */
  answer: URLSearchParams;
  /** The browser's cookie; null where it has none. */
  browser: string | null;
  origin: Origin;
};

type Authorisation = NonNullable<Awaited<ReturnType<typeof spendTicket<"oauth-state">>>>;

/**
 * Ends the browser's trip to a provider: where it goes now. The address is the app's own, with a
 * code that is worth the proven identity once, for a minute, to whoever knows the app's verifier;
 * or with an error where the user or the provider declined. No token is in it.
 *
 * The state is spent first, whatever comes of it: a callback cannot be replayed.
 *
 * @throws Problem oauth_state_invalid, oauth_failed, service_unavailable.
 */
export async function finishAuthorisation(
  deps: Deps,
  input: FinishAuthorisationInput,
): Promise<string> {
  const provider = requireProvider(deps, input.provider);
  const authorisation = await spendState(deps, input);
  const { returnTo, codeChallenge } = authorisation;
  try {
    const identity = await askProvider(() =>
      redeem(deps, provider, { answer: input.answer, authorisation }),
    );
    const code = await issueTicket(deps, "oauth-code", { identity, codeChallenge });
    return withParameter(returnTo, "code", code);
  } catch (error) {
    if (error instanceof AuthorizationResponseError) {
      const isDenied = error.error === "access_denied";
      return withParameter(returnTo, "error", isDenied ? "access_denied" : "provider_error");
    }
    if (error instanceof Problem && error.code === "oauth_failed") {
      await recordOauthFailure(deps, {
        provider: provider.id,
        reason: "invalid_answer",
        origin: input.origin,
      });
    }
    throw error;
  }
}

/** @throws Problem oauth_state_invalid where the state is not of this browser and this provider. */
async function spendState(
  deps: Deps,
  { provider, answer, browser, origin }: FinishAuthorisationInput,
): Promise<Authorisation> {
  const found = await spendTicket(deps, "oauth-state", answer.get("state") ?? "");
  if (found === null) {
    throw new Problem("oauth_state_invalid");
  }
  const isBound =
    found.provider === provider &&
    found.redirectUri === redirectUriOf(deps.config, provider) &&
    equalConstantTime(found.browserDigest, digestToken(browser ?? ""));
  if (!isBound) {
    await recordOauthFailure(deps, { provider, reason: "state_mismatch", origin });
    throw new Problem("oauth_state_invalid");
  }
  return found;
}

type Answer = { answer: URLSearchParams; authorisation: Authorisation };

/** Trades the provider's code for an ID token and reads who that names. */
async function redeem(
  deps: Deps,
  provider: IdentityProvider,
  { answer, authorisation }: Answer,
): Promise<Identity> {
  const { redirectUri, codeVerifier, nonce } = authorisation;
  const url = new URL(redirectUri);
  url.search = answer.toString();
  const tokens = await refusing(
    authorizationCodeGrant(await provider.configuration(), url, {
      pkceCodeVerifier: codeVerifier,
      expectedState: answer.get("state") ?? "",
      expectedNonce: nonce,
      idTokenExpected: true,
    }),
  );
  const checks = { nonce, now: deps.now() };
  const identity = await verifyIdToken(provider, tokens.id_token ?? "", checks);
  return identity.email === null
    ? completeIdentity(provider, identity, tokens.access_token)
    : identity;
}

/**
 * Providers that follow OpenID Connect Core 1.0, 5.4 to the letter keep the email out of an ID token
 * that comes with an access token. They are asked for it; the subject must be the same.
 */
async function completeIdentity(
  provider: IdentityProvider,
  identity: Identity,
  accessToken: string,
): Promise<Identity> {
  const configuration = await provider.configuration();
  if (configuration.serverMetadata().userinfo_endpoint === undefined) {
    return identity;
  }
  const claims = await refusing(fetchUserInfo(configuration, accessToken, identity.subject));
  return readIdentity(provider, claims) ?? identity;
}

/** @throws Problem oauth_failed for what the provider refuses, or says in no way that it may. */
async function refusing<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const isRefusal = error instanceof ClientError && !isProviderAway(error);
    if (isRefusal || isRefusedByProvider(error)) {
      throw new Problem("oauth_failed", { cause: error });
    }
    throw error;
  }
}

const isRefusedByProvider = (error: unknown): boolean =>
  error instanceof ResponseBodyError || error instanceof WWWAuthenticateChallengeError;

function withParameter(address: string, name: string, value: string): string {
  const url = new URL(address);
  url.searchParams.append(name, value);
  return url.href;
}
