import { randomBytes } from "node:crypto";
import { keepTicket, takeTicket } from "@postern/counters";
import { digestToken, type SealedPlace, seal } from "@postern/crypto";
import { type TSchema, Type } from "typebox";
import { Value } from "typebox/value";
import type { Deps } from "../deps.ts";
import { readKeptValue } from "../sealed-values/read-kept-value.ts";
import { UNREADABLE } from "../sealed-values/read-sealed-value.ts";
import { IdentitySchema } from "./identity.ts";

const SECRET_BYTES = 32;

/** What waits for a browser while it is at the provider, bound to all that it left with. */
const AuthorisationSchema = Type.Object({
  provider: Type.String(),
  redirectUri: Type.String(),
  returnTo: Type.String(),
  /** The app's own PKCE challenge: who brings its verifier may take what comes of this. */
  codeChallenge: Type.String(),
  nonce: Type.String(),
  /** Our PKCE verifier towards the provider. */
  codeVerifier: Type.String(),
  /** Digest of the browser's cookie. */
  browserDigest: Type.String(),
});

/** What the app trades for a session, or links. */
const ProvenIdentitySchema = Type.Object({
  identity: IdentitySchema,
  codeChallenge: Type.String(),
});

const kinds = {
  "oauth-state": { schema: AuthorisationSchema, lifeSeconds: 600 },
  "oauth-code": { schema: ProvenIdentitySchema, lifeSeconds: 60 },
} as const satisfies Record<string, { schema: TSchema; lifeSeconds: number }>;

type Kind = keyof typeof kinds;
type Worth<K extends Kind> = Type.Static<(typeof kinds)[K]["schema"]>;
type TicketDeps = Pick<Deps, "counters" | "keyRing" | "db" | "tables">;

const placeOf = (kind: Kind, digest: string): SealedPlace => ({
  table: "tickets",
  column: kind,
  rowId: digest,
});

export const newSecret = (): string => randomBytes(SECRET_BYTES).toString("base64url");

/**
 * Issues a secret that is worth this once, for the life of its kind. Redis knows the secret's
 * digest alone, and what it is worth only sealed.
 */
export async function issueTicket<K extends Kind>(
  { counters, keyRing }: TicketDeps,
  kind: K,
  worth: Worth<K>,
): Promise<string> {
  const secret = newSecret();
  const digest = digestToken(secret);
  const sealed = seal(keyRing, JSON.stringify(worth), placeOf(kind, digest));
  await keepTicket(counters, {
    kind,
    digest,
    worth: sealed,
    lifeSeconds: kinds[kind].lifeSeconds,
  });
  return secret;
}

/** What the secret is worth; null where it ended, was spent, is of another kind, or does not
 * open. */
export async function spendTicket<K extends Kind>(
  deps: TicketDeps,
  kind: K,
  secret: string,
): Promise<Worth<K> | null> {
  const digest = digestToken(secret);
  const sealed = await takeTicket(deps.counters, { kind, digest });
  if (sealed === null) {
    return null;
  }
  const worth = await readKeptValue(
    deps,
    { sealed, place: placeOf(kind, digest) },
    (value) => Value.Parse(kinds[kind].schema, value) as Worth<K>,
  );
  return worth === UNREADABLE ? null : worth;
}
