import { Problem } from "../problem.ts";
import type { AccessClaims } from "../sessions/verified-tokens.ts";

const callers = new WeakMap<object, AccessClaims>();

/** Notes who makes a request, once they are known to be an administrator. */
export function noteAdmin(request: object, claims: AccessClaims): void {
  callers.set(request, claims);
}

/** @throws Problem forbidden where nobody looked: a route outside of the guard opens nothing. */
export function adminOf(request: object): AccessClaims {
  const claims = callers.get(request);
  if (!claims) {
    throw new Problem("forbidden");
  }
  return claims;
}
