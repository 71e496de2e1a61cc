import { randomBytes } from "node:crypto";
import { createPasswordHasher } from "@postern/crypto";
import { pushSchema, startRedis } from "@postern/devkit";
import postgres, { type Sql } from "postgres";
import type { Bench, Figure } from "../bench.ts";
import { BenchError } from "../bench-error.ts";
import { startAuth } from "../encrypt/start-auth.ts";
import { median } from "../median.ts";
import { DURABLE } from "./durable.ts";
import { UNLIMITED } from "./unlimited.ts";

/** R-10 asks for 200. */
const TIMES = 200;
const WARM_UPS = 30;
const DIFFERENCE_MAX = 0.05;

type Call = {
  readonly name: string;
  readonly path: string;
  readonly body: (email: string) => object;
};

/** What an anonymous caller may ask with an address in hand. */
const CALLS: readonly Call[] = [
  {
    name: "sign-in, wrong password",
    path: "/login",
    body: (email) => ({ email, password: "not the password, surely" }),
  },
  { name: "password/forgot", path: "/password/forgot", body: (email) => ({ email }) },
  {
    name: "otp/send",
    path: "/otp/send",
    body: (email) => ({ purpose: "sign_in", channel: "email", email }),
  },
];

const KINDS = ["known", "unknown", "disabled"] as const;

type Times = Readonly<Record<(typeof KINDS)[number], number[]>>;

/**
 * Whether an answer's time tells who has an account: a known, an unknown and a disabled
 * address in turn, in random order, each address once. Medians must differ by less than 5 %.
 */
export const benchTiming: Bench = async ({ isQuick, say, startPostgres }) => {
  const times = isQuick ? 20 : TIMES;
  const server = await startPostgres({ settings: DURABLE });
  await using redis = await startRedis();
  await pushSchema(server.url);
  const sql = postgres(server.url, { max: 1, onnotice: () => undefined });
  await fillUsers(sql, (times + WARM_UPS) * CALLS.length);
  await sql.end();
  await using auth = await startAuth({
    DATABASE_URL: server.url,
    REDIS_URL: redis.url,
    SYSTEM_ENCRYPTION_KEY: randomBytes(32).toString("hex"),
    BLIND_INDEX_KEY: randomBytes(32).toString("hex"),
    LIMITS: UNLIMITED,
  });
  const figures: Figure[] = [];
  for (const [index, call] of CALLS.entries()) {
    const first = index * (times + WARM_UPS);
    figures.push(...describe(call, await timeTurns(auth.url, call, { first, times })));
    say(`${call.name}: ${times} of each`);
  }
  return figures;
};

async function fillUsers(sql: Sql, rows: number): Promise<void> {
  const passwords = createPasswordHasher({ concurrency: 1, queueMax: 1 });
  const hash = await passwords.hash("correct horse battery staple");
  await sql`
    insert into postern.users (email, email_verified_at, name, password_hash, disabled_at)
    select kind || n || '@example.com', now(), 'Person', ${hash},
      case when kind = 'disabled' then now() end
    from generate_series(0, ${rows}::int) n, unnest(array['known', 'disabled']) kind`;
  await sql`vacuum analyze postern.users`;
}

async function timeTurns(
  url: string,
  call: Call,
  { first, times }: { first: number; times: number },
): Promise<Times> {
  const taken: Times = { known: [], unknown: [], disabled: [] };
  for (let n = -WARM_UPS; n < times; n += 1) {
    for (const kind of shuffled()) {
      const email = `${kind}${first + WARM_UPS + n}@example.com`;
      const milliseconds = await timeOne(`${url}/api/auth${call.path}`, call.body(email));
      if (n >= 0) taken[kind].push(milliseconds);
    }
  }
  return taken;
}

const shuffled = () =>
  KINDS.map((kind) => ({ kind, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ kind }) => kind);

async function timeOne(url: string, body: object): Promise<number> {
  const startedAt = performance.now();
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  await answer.arrayBuffer();
  const milliseconds = performance.now() - startedAt;
  if (answer.status >= 500 || answer.status === 429) {
    throw new BenchError(`${url} answered ${answer.status}.`);
  }
  return milliseconds;
}

function describe({ name }: Call, times: Times): Figure[] {
  const unknown = median(times.unknown);
  return [
    ...KINDS.map(
      (kind): Figure => ({
        name: `${name}: ${kind}, median`,
        value: median(times[kind]),
        unit: "ms",
      }),
    ),
    ...(["known", "disabled"] as const).map((kind): Figure => {
      const one = median(times[kind]);
      return {
        name: `${name}: ${kind} and unknown differ by`,
        value: Math.abs(one - unknown) / Math.min(one, unknown),
        unit: "ratio",
        limit: { atMost: DIFFERENCE_MAX },
      };
    }),
  ];
}
