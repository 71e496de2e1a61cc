import { digestToken, generateToken } from "@postern/crypto";
import type { Figure } from "../bench.ts";
import { BenchError } from "../bench-error.ts";
import { inTurn } from "./in-turn.ts";
import type { Target } from "./load.ts";
import { emailOf, IN_FLIGHT, type World } from "./open-world.ts";

const SECONDS = 2;
const KEYS = 64;

/** API keys without a limit of their own, each of another person. */
export async function measureApiKeys(world: World): Promise<Figure[]> {
  const { postern, betterAuth } = world;
  const other = await makeOtherKeys(betterAuth);
  const { rate, ratio } = await inTurn(world.rounds, [
    ["own", verifying(postern, "/api/auth/api-keys/verify", await makeOwnKeys(world))],
    ["other", verifying(betterAuth, "/own/verify-key", other)],
  ]);
  return [
    { name: "API-key verify", value: rate("own"), unit: "per second" },
    { name: "better-auth, API-key verify", value: rate("other"), unit: "per second" },
    {
      name: "API-key verify ÷ better-auth",
      value: ratio("own", "other"),
      unit: "ratio",
      limit: { atLeast: 7 },
    },
  ];
}

async function makeOwnKeys({ sql }: World): Promise<string[]> {
  const keys = Array.from({ length: KEYS }, () => generateToken("pak"));
  for (const [n, key] of keys.entries()) {
    await sql`
      insert into postern.api_keys (user_id, name, prefix, key_hash, scopes, expires_at)
      select id, 'bench', ${key.slice(0, 12)}, ${digestToken(key)}, '{read}', now() + interval '1 day'
      from postern.users where email = ${emailOf(n)}`;
  }
  return keys;
}

async function makeOtherKeys(target: Target): Promise<string[]> {
  const keys: string[] = [];
  for (let n = 0; n < KEYS; n += 1) {
    const body = { userId: `user${n}` };
    const answer = await target.send({ method: "POST", path: "/own/make-key", body });
    keys.push(JSON.parse(answer.body).key);
  }
  return keys;
}

function verifying(target: Target, path: string, keys: readonly string[]) {
  let at = 0;
  return () =>
    target.load({
      inFlight: IN_FLIGHT,
      until: { seconds: SECONDS },
      next: () => {
        at = (at + 1) % keys.length;
        return { method: "POST", path, body: { key: keys[at] } };
      },
      take: ({ body }) => {
        if (!body.includes('"valid":true')) throw new BenchError(`${path} refused a key: ${body}`);
      },
    });
}
