import { decodeProtectedHeader, type JWK } from "jose";
import type { Figure } from "../bench.ts";
import { type Contestant, inTurn } from "./in-turn.ts";
import { openTarget, type Target } from "./load.ts";
import { refreshAll } from "./measure-refresh.ts";
import { IN_FLIGHT, type World } from "./open-world.ts";
import { cookiesOf, signInMany } from "./sign-in.ts";
import { startPeer } from "./start-peer.ts";

const SECONDS = 2;
/** More than the service remembers (10,000): asked in a circle, each is always new to it. */
const TOKENS_MIN = 12_000;
const SEEN = 64;
/** Accounts that no other part signs in. */
const FIRST_PERSON = 10_000;

/** `GET /api/auth/session`, with a token that the service has not verified before, and with one that it has. */
export async function measureTokenCheck(world: World, tokens: Set<string>): Promise<Figure[]> {
  while (tokens.size < TOKENS_MIN) {
    const chains = await signInMany(world, FIRST_PERSON + tokens.size, IN_FLIGHT);
    await refreshAll(world, chains, { steps: 100, tokens });
  }
  await using parts = new AsyncDisposableStack();
  const bare = parts.use(openTarget(parts.use(await startBare(world, tokens)).url));
  const headers = [...tokens].map((token) => ({ authorization: `Bearer ${token}` }));
  const path = "/api/auth/session";
  const first = await inTurn(world.rounds, [
    ["own", checking(world.postern, path, headers)],
    ["bare", checking(bare, "/session", headers)],
  ]);
  const cookies = (await cookiesOf(world.betterAuthArgon2, SEEN)).map((cookie) => ({ cookie }));
  const again = await inTurn(world.rounds, [
    ["own", checking(world.postern, path, headers.slice(0, SEEN))],
    ["bare", checking(bare, "/session", headers.slice(0, SEEN))],
    ["better", checking(world.betterAuthArgon2, "/api/auth/get-session", cookies)],
  ]);
  const per = "per second";
  return [
    { name: "token check, seen first", value: first.rate("own"), unit: per },
    { name: "bare Fastify with the same verification", value: first.rate("bare"), unit: per },
    {
      name: "token check, seen first ÷ bare Fastify",
      value: first.ratio("own", "bare"),
      unit: "ratio",
      limit: { atLeast: 0.85 },
    },
    { name: "token check, seen again", value: again.rate("own"), unit: per },
    { name: "better-auth, get-session", value: again.rate("better"), unit: per },
    {
      name: "token check, seen again ÷ better-auth",
      value: again.ratio("own", "better"),
      unit: "ratio",
      limit: { atLeast: 8 },
    },
    {
      name: "token check, seen again ÷ bare Fastify",
      value: again.ratio("own", "bare"),
      unit: "ratio",
    },
  ];
}

function checking(
  target: Target,
  path: string,
  headers: readonly Readonly<Record<string, string>>[],
): Contestant[1] {
  let at = 0;
  return () =>
    target.load({
      inFlight: IN_FLIGHT,
      until: { seconds: SECONDS },
      next: () => {
        at = (at + 1) % headers.length;
        return { method: "GET", path, headers: headers[at] ?? {} };
      },
    });
}

async function startBare({ postern, publicUrl }: World, tokens: Set<string>) {
  const { body } = await postern.send({ method: "GET", path: "/.well-known/jwks.json" });
  const { keys }: { keys: JWK[] } = JSON.parse(body);
  const [token = ""] = tokens;
  const jwk = keys.find(({ kid }) => kid === decodeProtectedHeader(token).kid);
  return startPeer("bare-fastify.ts", { jwk, issuer: publicUrl, audience: publicUrl });
}
