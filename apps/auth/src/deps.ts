import type { Counters } from "@postern/counters";
import type { DigestKeys, KeyRing, PasswordHasher } from "@postern/crypto";
import type { Database, KeyInventoryWatch } from "@postern/process";
import type { UsersPlace } from "@postern/schema";
import type { Logger } from "pino";
import type { ApiKeyUses } from "./api-keys/api-key-uses.ts";
import type { Config } from "./config.ts";
import type { IdentityProviders } from "./oauth/identity-providers.ts";
import type { BreachCheck } from "./passwords/breach-check.ts";
import type { RefusalLog } from "./security-events/refusal-log.ts";
import type { Revocations } from "./sessions/revocations.ts";
import type { VerifiedTokens } from "./sessions/verified-tokens.ts";
import type { SigningKeys } from "./signing-keys/signing-keys.ts";
import type { Tables } from "./tables.ts";

/** What the outside world gives to every use case. Made once in main.ts and once per test. */
export type Deps = {
  readonly config: Config;
  readonly db: Database;
  readonly tables: Tables;
  readonly usersPlace: UsersPlace;
  readonly counters: Counters;
  readonly keyRing: KeyRing;
  readonly digestKeys: DigestKeys;
  readonly keyInventory: KeyInventoryWatch;
  readonly passwords: PasswordHasher;
  readonly breachCheck: BreachCheck;
  readonly signingKeys: SigningKeys;
  readonly verifiedTokens: VerifiedTokens;
  readonly revocations: Revocations;
  readonly refusals: RefusalLog;
  readonly identityProviders: IdentityProviders;
  readonly apiKeyUses: ApiKeyUses;
  readonly log: Logger;
  readonly now: () => Date;
};
