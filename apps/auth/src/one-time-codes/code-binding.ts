import { decodeProtectedHeader } from "jose";
import type { Deps } from "../deps.ts";
import { authenticate } from "../sessions/authenticate.ts";
import { PENDING_TYPE, verifyPendingToken } from "../sessions/pending-token.ts";

/** Who asks for a code by a token of theirs. Its code then works beside that very token. */
export type CodeBinding = Readonly<{
  /** The session, or the one that a pending sign-in will have. */
  sessionId: string;
  userId: string;
  /** The second step of the sign-in is still to come. */
  isPending: boolean;
}>;

/** The same, with what their first step proved, in words of RFC 8176. */
export type CodeAsker = CodeBinding & Readonly<{ firstStep: string }>;

/** The session of the bearer token, or null where none was sent. A bad one is refused, not ignored. */
export async function findBearer(
  deps: Deps,
  authorization: string | undefined,
): Promise<CodeAsker | null> {
  return authorization === undefined ? null : requireBearer(deps, authorization);
}

/** @throws Problem invalid_token, session_ended. */
async function requireBearer(deps: Deps, authorization: string): Promise<CodeAsker> {
  const { sid, sub, amr } = await authenticate(deps, authorization);
  return { sessionId: sid, userId: sub, isPending: false, firstStep: amr[0] ?? "" };
}

/**
 * The same, or a pending sign-in: somebody between the two steps may ask whether the code of the
 * second came, and for it to be sent again. Nowhere else is a pending token taken for a bearer's.
 */
export async function findBearerOrPending(
  deps: Deps,
  authorization: string | undefined,
): Promise<CodeAsker | null> {
  const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization ?? "")?.[1];
  if (token === undefined || typeOf(token) !== PENDING_TYPE) {
    return findBearer(deps, authorization);
  }
  const { sessionId, userId, amr } = await verifyPendingToken(deps, token);
  return { sessionId, userId, isPending: true, firstStep: amr };
}

function typeOf(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).typ;
  } catch {
    return undefined;
  }
}
