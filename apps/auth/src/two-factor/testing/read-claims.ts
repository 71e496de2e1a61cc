import { decodeJwt } from "jose";

/** What an access token says of how its session began. */
export function readAmr(token: string): { amr: string[]; acr: string } {
  const { amr, acr } = decodeJwt(token);
  return { amr: amr as string[], acr: acr as string };
}
