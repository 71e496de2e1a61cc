import type { FastifyRequest } from "fastify";
import { errors } from "jose";
import type { Deps } from "../deps.ts";
import { Problem } from "../problem.ts";
import { originOf } from "./origin.ts";

/**
 * Counts an access token that was presented and is none of ours: at most a row a second and network
 * . One that has merely expired is no attack: every client sends some.
 */
export function noteForgedToken(
  { refusals, config }: Pick<Deps, "refusals" | "config">,
  error: unknown,
  request: FastifyRequest,
): void {
  if (!(error instanceof Problem) || error.code !== "invalid_token") {
    return;
  }
  const { cause } = error;
  if (cause instanceof Error && !(cause instanceof errors.JWTExpired)) {
    const { network, ipAddress, userAgent } = originOf(request, config);
    const reason = "code" in cause ? String(cause.code).toLowerCase() : "malformed";
    refusals.noteEvent("token_verification_failed", network, { reason, ipAddress, userAgent });
  }
}
