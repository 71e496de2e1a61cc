import { digestToken } from "@postern/crypto";
import { buildAuthorizationUrl, calculatePKCECodeChallenge } from "openid-client";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { throttleAddress } from "../throttles/throttle-address.ts";
import { askProvider, redirectUriOf, requireProvider } from "./ask-provider.ts";
import { issueTicket, newSecret } from "./tickets.ts";

export type StartAuthorisationInput = {
  provider: string;
  /** Where the browser goes in the end; must be one of REDIRECT_URLS, to the letter. */
  returnTo: string;
  /** S256 of a verifier that the app keeps. */
  codeChallenge: string;
  /** The browser's cookie. */
  browser: string;
  origin: Origin;
};

/**
 * Begins a sign-in at a provider: the address there to which the browser is sent.
 *
 * State, nonce and PKCE verifier are fresh and good once, for ten minutes, for this browser, this
 * provider and this redirect URI.
 *
 * @throws Problem not_found for a provider that is not configured, invalid_request for an address
 *   that is not registered, too_many_requests, service_unavailable.
 */
export async function startAuthorisation(
  deps: Deps,
  { provider: id, returnTo, codeChallenge, browser, origin }: StartAuthorisationInput,
): Promise<string> {
  const provider = requireProvider(deps, id);
  if (!deps.config.redirectUrls.includes(returnTo)) {
    throw new Problem("invalid_request", {
      errors: [{ pointer: "/returnTo", message: "must be one of the registered addresses" }],
    });
  }
  await throttleAddress(deps, "oauth_calls_per_address_per_minute", origin);
  const configuration = await askProvider(() => provider.configuration());
  const redirectUri = redirectUriOf(deps.config, id);
  const nonce = newSecret();
  const codeVerifier = newSecret();
  const state = await issueTicket(deps, "oauth-state", {
    provider: id,
    redirectUri,
    returnTo,
    codeChallenge,
    nonce,
    codeVerifier,
    browserDigest: digestToken(browser),
  });
  return buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri,
    scope: "openid email profile",
    code_challenge: await calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: "S256",
    state,
    nonce,
  }).href;
}
