import { createHash, randomBytes } from "node:crypto";
import { call } from "../../testing/client.ts";
import type { World } from "../../testing/world.ts";

export const RETURN_TO = "https://app.example.com/signed-in";

/** An app's side of a trip to a provider: its verifier, and the cookie of its browser. */
export type Trip = { address: string; cookie: string; codeVerifier: string };

type Of = Pick<World, "app">;

export async function begin(world: Of, provider: string, query: Record<string, string> = {}) {
  const codeVerifier = randomBytes(32).toString("base64url");
  const codeChallenge = createHash("sha256").update(codeVerifier).digest("base64url");
  const search = new URLSearchParams({ returnTo: RETURN_TO, codeChallenge, ...query });
  const answer = await call(world, `GET /oauth/${provider}/start?${search}`);
  return { ...answer, codeVerifier };
}

/** Begins a trip that must succeed so far. */
export async function depart(world: Of, provider: string): Promise<Trip> {
  const { status, headers, body, codeVerifier } = await begin(world, provider);
  if (status !== 302) {
    throw new Error(`start answered ${status} ${JSON.stringify(body)}`);
  }
  const [cookie = ""] = String(headers["set-cookie"]).split(";");
  return { address: String(headers.location), cookie, codeVerifier };
}

/** The provider sends the browser back. `cookie`: "" is a browser without any. */
export function arrive(world: Of, provider: string, back: { search: string; cookie: string }) {
  const headers = { cookie: back.cookie };
  return call(world, `GET /oauth/${provider}/callback${back.search}`, { headers });
}

/** The code in the address that the browser ends up at. */
export function codeIn({ headers }: Awaited<ReturnType<typeof arrive>>): string {
  return new URL(String(headers.location)).searchParams.get("code") ?? "";
}

/** There and back: what the app may now trade. */
export async function travel(
  world: Of,
  provider: { id: string; visit(address: string, sub: string): Promise<string> },
  sub: string,
) {
  const { address, cookie, codeVerifier } = await depart(world, provider.id);
  const { search } = new URL(await provider.visit(address, sub));
  const back = await arrive(world, provider.id, { search, cookie });
  return { code: codeIn(back), codeVerifier };
}

export const exchange = (world: Of, body: object) => call(world, "POST /oauth/exchange", { body });
