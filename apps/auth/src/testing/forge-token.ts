import { randomUUID } from "node:crypto";
import { decodeJwt, type JWTPayload, SignJWT } from "jose";
import type { World } from "./world.ts";

export type Forgery = { header?: Record<string, unknown>; payload?: Record<string, unknown> };

/** A token as the service makes it, but for what the forger changes, signed with the real key. */
export async function forgeToken(
  world: Pick<World, "signingKeys" | "config">,
  { header, payload }: Forgery = {},
): Promise<string> {
  const { kid, privateKey } = world.signingKeys.current();
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: world.config.issuer,
    aud: world.config.tokenAudience,
    sub: randomUUID(),
    sid: randomUUID(),
    jti: randomUUID(),
    iat: now,
    exp: now + 900,
    auth_time: now,
    amr: ["pwd"],
    ...payload,
  };
  return new SignJWT(claims as JWTPayload)
    .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid, ...header })
    .sign(privateKey);
}

/** The same token as an hour ago: of the same session, and expired. */
export function expireToken(world: World, accessToken: string): Promise<string> {
  const claims = decodeJwt(accessToken);
  const past = Math.floor(Date.now() / 1000) - 3_600;
  return forgeToken(world, { payload: { ...claims, iat: past, exp: past + 900 } });
}
