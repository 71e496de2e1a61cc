import { createHash } from "node:crypto";
import { throttle } from "@postern/counters";
import { digestToken, equalConstantTime } from "@postern/crypto";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { throttleAddress } from "../throttles/throttle-address.ts";
import { askProvider, requireProvider } from "./ask-provider.ts";
import type { Identity } from "./identity.ts";
import { recordOauthFailure } from "./record-oauth-failure.ts";
import { spendTicket } from "./tickets.ts";
import { ID_TOKEN_SECONDS, verifyIdToken } from "./verify-id-token.ts";

/** What an app got from a provider's sign-in. */
export type IdentityProof =
  /** The code of `finishAuthorisation`, and the verifier of the challenge that the app began with. */
  | { code: string; codeVerifier: string }
  /** An ID token that the provider gave to the app itself, and the nonce that the app asked with. */
  | { provider: string; credential: string; nonce: string | null };

const SPENT_SECONDS = ID_TOKEN_SECONDS + 60;

/**
 * Whom this proof names. It is spent by that, whatever comes of it.
 *
 * @throws Problem invalid_code, oauth_failed, not_found for a provider that is not configured,
 *   too_many_requests, service_unavailable.
 */
export async function proveIdentity(
  deps: Deps,
  proof: IdentityProof,
  origin: Origin,
): Promise<Identity> {
  await throttleAddress(deps, "oauth_calls_per_address_per_minute", origin);
  return "code" in proof ? spendCode(deps, proof) : spendIdToken(deps, proof, origin);
}

/** A code that leaked, by a history or a log, is worth nothing without the app's verifier. */
async function spendCode(
  deps: Deps,
  { code, codeVerifier }: Extract<IdentityProof, { code: string }>,
): Promise<Identity> {
  const found = await spendTicket(deps, "oauth-code", code);
  const challenge = createHash("sha256").update(codeVerifier).digest("base64url");
  if (found === null || !equalConstantTime(challenge, found.codeChallenge)) {
    throw new Problem("invalid_code");
  }
  return found.identity;
}

async function spendIdToken(
  deps: Deps,
  { provider: id, credential, nonce }: Extract<IdentityProof, { credential: string }>,
  origin: Origin,
): Promise<Identity> {
  const provider = requireProvider(deps, id);
  try {
    const checks = { nonce, now: deps.now() };
    const identity = await askProvider(() => verifyIdToken(provider, credential, checks));
    await refuseReplay(deps, credential);
    return identity;
  } catch (error) {
    if (error instanceof Problem && error.code === "oauth_failed") {
      await recordOauthFailure(deps, { provider: id, reason: "invalid_answer", origin });
    }
    throw error;
  }
}

/**
 * An ID token signs in once. What is remembered is what was signed: of an ECDSA signature
 * anybody can make a second one that is as good.
 */
async function refuseReplay(deps: Deps, credential: string): Promise<void> {
  const signed = credential.slice(0, credential.lastIndexOf("."));
  const { allowed } = await throttle(deps.counters, {
    name: "id-token",
    subject: digestToken(signed),
    limit: 1,
    windowSeconds: SPENT_SECONDS,
  });
  if (!allowed) {
    throw new Problem("oauth_failed");
  }
}
