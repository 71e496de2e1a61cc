import type { Config } from "../config.ts";
import type { Deps } from "../deps.ts";
import { Problem } from "../problem.ts";
import type { IdentityProvider } from "./identity-providers.ts";
import { isProviderAway } from "./provider-fetch.ts";

const RETRY_SECONDS = 5;

/** @throws Problem not_found. */
export function requireProvider(
  { identityProviders }: Pick<Deps, "identityProviders">,
  id: string,
): IdentityProvider {
  const provider = identityProviders.find(id);
  if (!provider) {
    throw new Problem("not_found");
  }
  return provider;
}

/** Where the provider sends browsers back to; to be registered there. PUBLIC_URL alone. */
export const redirectUriOf = ({ publicUrl }: Pick<Config, "publicUrl">, provider: string): string =>
  new URL(`${publicUrl}/api/auth/oauth/${provider}/callback`).href;

/**
 * Asks a provider, and says so where it does not answer: nothing else depends on it.
 *
 * @throws Problem service_unavailable, and whatever `ask` throws.
 */
export async function askProvider<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (isProviderAway(error)) {
      const retryAfterSeconds = RETRY_SECONDS;
      throw new Problem("service_unavailable", { cause: error, retryAfterSeconds });
    }
    throw error;
  }
}
