import { createRemoteJWKSet, errors, customFetch as fetchKeysBy, type JWTVerifyGetKey } from "jose";
import {
  allowInsecureRequests,
  type Configuration,
  customFetch,
  discovery,
  None,
} from "openid-client";
import { fetchFromProvider, ProviderAwayError } from "./provider-fetch.ts";
import type { ProviderSettings } from "./read-providers.ts";

/** Three calls in a row at worst, within the 3.5 s that a request has. */
const CALL_SECONDS = 1.5;
const DISCOVERY_MILLISECONDS = 3_600_000;
/** A provider that is known but away is asked for its metadata again after so long. */
const RETRY_MILLISECONDS = 30_000;

type Discovered = { configuration: Configuration; findKey: JWTVerifyGetKey };

export type IdentityProvider = Pick<ProviderSettings, "id" | "issuer" | "clientId"> & {
  /** @throws ProviderAwayError until it was reached once. */
  configuration(): Promise<Configuration>;
  /** The key that a token names. @throws ProviderAwayError where the keys cannot be read. */
  findKey: JWTVerifyGetKey;
  /** What the last call for its metadata met; null before the first. */
  isUp(): boolean | null;
};

export type IdentityProviders = {
  find(id: string): IdentityProvider | undefined;
  all(): readonly IdentityProvider[];
};

/** The configured providers. Nothing is asked of one before somebody signs in by it. */
export function createIdentityProviders(settings: readonly ProviderSettings[]): IdentityProviders {
  const providers = new Map(settings.map((one) => [one.id, createIdentityProvider(one)]));
  return { find: (id) => providers.get(id), all: () => [...providers.values()] };
}

function createIdentityProvider(settings: ProviderSettings): IdentityProvider {
  const { id, issuer, clientId } = settings;
  let known: Discovered | null = null;
  let goodUntil = 0;
  let pending: Promise<Discovered> | null = null;
  let isUp: boolean | null = null;

  async function refresh(): Promise<Discovered> {
    try {
      known = await discoverProvider(settings);
      goodUntil = performance.now() + DISCOVERY_MILLISECONDS;
      isUp = true;
      return known;
    } catch (error) {
      isUp = false;
      if (known === null) throw error;
      goodUntil = performance.now() + RETRY_MILLISECONDS;
      return known;
    } finally {
      pending = null;
    }
  }

  /** However many sign in at once, the provider is asked once. */
  async function discovered(): Promise<Discovered> {
    if (known !== null && performance.now() < goodUntil) return known;
    pending ??= refresh();
    return pending;
  }

  return {
    id,
    issuer,
    clientId,
    configuration: async () => (await discovered()).configuration,
    findKey: async (header, token) => (await discovered()).findKey(header, token),
    isUp: () => isUp,
  };
}

async function discoverProvider(settings: ProviderSettings): Promise<Discovered> {
  const { issuer, clientId, clientSecret } = settings;
  const configuration = await discovery(
    new URL(issuer),
    clientId,
    clientSecret ?? {},
    clientSecret === null ? None() : undefined,
    {
      timeout: CALL_SECONDS,
      [customFetch]: fetchFromProvider,
      // Only for issuers on this machine: others must have https (config.ts).
      execute: issuer.startsWith("http:") ? [allowInsecureRequests] : [],
    },
  ).catch((cause: unknown) => {
    throw new ProviderAwayError("The provider's metadata cannot be read.", { cause });
  });
  const { issuer: stated, jwks_uri: keys } = configuration.serverMetadata();
  // The library compares them as URLs, which differ by a slash at the end.
  if (stated !== issuer || keys === undefined) {
    throw new ProviderAwayError("The provider's metadata names another issuer, or no keys.");
  }
  return { configuration, findKey: createKeyFinder(new URL(keys)) };
}

/** jose keeps the keys for 10 minutes and asks for unknown ones at most every 30 seconds. */
function createKeyFinder(url: URL): JWTVerifyGetKey {
  const find = createRemoteJWKSet(url, {
    timeoutDuration: CALL_SECONDS * 1000,
    [fetchKeysBy]: fetchFromProvider,
  });
  return async (header, token) => {
    try {
      return await find(header, token);
    } catch (error) {
      if (isAboutTheToken(error)) throw error;
      throw new ProviderAwayError("The provider's keys cannot be read.", { cause: error });
    }
  };
}

const isAboutTheToken = (error: unknown): boolean =>
  error instanceof errors.JWKSNoMatchingKey ||
  error instanceof errors.JWKSMultipleMatchingKeys ||
  error instanceof errors.JOSENotSupported;
