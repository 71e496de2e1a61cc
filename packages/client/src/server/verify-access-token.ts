import {
  createRemoteJWKSet,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from "jose";
import { PosternError } from "../postern-error.ts";

/** Who calls, as the auth service signed it. */
export type AccessClaims = {
  /** The user's id. */
  readonly sub: string;
  /** The session's id. */
  readonly sid: string;
  /** The token's own id. */
  readonly jti: string;
  /** When it was issued and when it ends, in seconds since 1970. */
  readonly iat: number;
  readonly exp: number;
  /** When the user last proved who they are, in seconds since 1970. */
  readonly authTime: number;
  /** How they did (RFC 8176). */
  readonly amr: readonly string[];
  /** `aal2` where a second factor was passed. */
  readonly acr: string;
};

export type VerifyOptions = {
  /** The PUBLIC_URL of the auth service, to the letter. */
  readonly issuer: string;
  /** Its TOKEN_AUDIENCE, to the letter. */
  readonly audience: string;
  /** Where its public keys are; by default `/.well-known/jwks.json` at the issuer. */
  readonly jwksUrl?: string;
  /**
   * Whether the session has ended. Without it a token is good until its end, 15 minutes at most by
   * default. See `createSessionCheck`.
   */
  readonly isRevoked?: (claims: AccessClaims, token: string) => boolean | Promise<boolean>;
};

/** The service signs with nothing else (RFC 8725, 3.1). */
const ALGORITHM = "ES256";
/** RFC 9068: what is signed for another purpose says another type. */
const TYPE = "at+jwt";
/** Headers that would bring a key of the sender's own. The service never writes them. */
const FOREIGN_KEY_HEADERS = ["jku", "jwk", "x5u", "x5c"];
/** How far the clocks of issuer and verifier may be apart. */
export const CLOCK_SKEW_SECONDS = 30;
const LENGTH_MAX = 4_096;
const REQUIRED = ["sub", "sid", "jti", "iat", "exp", "auth_time"];

type KeySet = ReturnType<typeof createRemoteJWKSet>;

/** One for each address: it keeps the keys for 10 minutes, and asks again at most every 30 s. */
const keySets = new Map<string, KeySet>();

/**
 * Verifies an access token of Postern's at a server of your own: no round trip but for keys.
 *
 * @param token What stands behind `Bearer ` in the Authorization header.
 * @throws PosternError invalid_token (401) for what is no good token of this issuer for this
 *   audience, session_ended (401) where `isRevoked` says so, service_unavailable (503) where the
 *   keys cannot be had.
 */
export async function verifyAccessToken(
  token: string,
  options: VerifyOptions,
): Promise<AccessClaims> {
  const claims = toClaims(await verify(token, options));
  if (await options.isRevoked?.(claims, token)) {
    throw refusal("session_ended", "This session has ended.");
  }
  return claims;
}

async function verify(token: string, options: VerifyOptions): Promise<JWTPayload> {
  const {
    issuer,
    audience,
    jwksUrl = `${issuer.replace(/\/$/, "")}/.well-known/jwks.json`,
  } = options;
  try {
    requirePlain(token);
    const { payload } = await jwtVerify(token, keysAt(jwksUrl), {
      algorithms: [ALGORITHM],
      typ: TYPE,
      issuer,
      audience,
      clockTolerance: CLOCK_SKEW_SECONDS,
      // jose refuses an iat that is still to come only where it is told of a greatest age.
      maxTokenAge: Number.MAX_SAFE_INTEGER,
      requiredClaims: REQUIRED,
    });
    // jose takes a list that holds our audience; the service signs for one alone.
    if (payload.aud !== audience) {
      throw new errors.JWTInvalid("The audience is a list.");
    }
    return payload;
  } catch (cause) {
    throw cause instanceof PosternError
      ? cause
      : refusal("invalid_token", "The access token is not valid.", cause);
  }
}

/** What needs no key to be refused. */
function requirePlain(token: string): void {
  if (token.length > LENGTH_MAX || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) {
    throw new errors.JWTInvalid("This is no compact JWT.");
  }
  const header = decodeProtectedHeader(token);
  const isOurs = header.alg === ALGORITHM && typeof header.kid === "string";
  if (!isOurs || FOREIGN_KEY_HEADERS.some((name) => Object.hasOwn(header, name))) {
    throw new errors.JWTInvalid("The header is not ours.");
  }
}

/** The keys of an address. That they cannot be had says nothing about a token. */
function keysAt(url: string): JWTVerifyGetKey {
  const known = keySets.get(url) ?? createRemoteJWKSet(new URL(url));
  keySets.set(url, known);
  return async (...asked) => {
    try {
      return await known(...asked);
    } catch (cause) {
      throw cause instanceof errors.JWKSNoMatchingKey ? cause : away(cause);
    }
  };
}

const toClaims = (payload: JWTPayload): AccessClaims => ({
  sub: String(payload.sub),
  sid: String(payload.sid),
  jti: String(payload.jti),
  iat: Number(payload.iat),
  exp: Number(payload.exp),
  authTime: Number(payload.auth_time),
  amr: Array.isArray(payload.amr) ? payload.amr.map(String) : [],
  acr: String(payload.acr ?? ""),
});

export function refusal(code: "invalid_token" | "session_ended", message: string, cause?: unknown) {
  return new PosternError({ code, status: 401, message }, cause === undefined ? {} : { cause });
}

/** Nobody can be let in while it cannot be known who they are; the caller is not to blame. */
export const away = (cause: unknown): PosternError =>
  new PosternError(
    {
      code: "service_unavailable",
      status: 503,
      message: "The auth service cannot be asked now. Try again.",
      retryAfterSeconds: 1,
    },
    { cause },
  );
