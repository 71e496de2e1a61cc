import { randomBytes, randomInt } from "node:crypto";
import { createPasswordHasher } from "@postern/crypto";
import { pushSchema, startRedis } from "@postern/devkit";
import postgres, { type Sql } from "postgres";
import type { Bench, Figure } from "./bench.ts";
import { BenchError } from "./bench-error.ts";
import { startAuth } from "./encrypt/start-auth.ts";
import { median } from "./median.ts";

/** R-10 asks for 200. */
const PAIRS = 200;
const WARM_UPS = 40;
const DIFFERENCE_MAX = 0.05;

/** As an operator would run it: the wait for the disk is part of every answer. */
const DURABLE = { fsync: "on", synchronous_commit: "on", full_page_writes: "on", autovacuum: "on" };

const UNLIMITED = [
  "sign_ins_per_address_per_minute",
  "recoveries_per_address_per_hour",
  "otp_sends_per_address_per_hour",
  "otp_recipients_per_address_per_day",
  "stuffing_identifiers_per_address_per_quarter_hour",
  "spraying_identifiers_per_quarter_hour",
];

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

type Times = { readonly known: number[]; readonly unknown: number[] };

/**
 * Whether an answer's time tells who has an account: pairs of a known and an unknown
 * address, in random order, each address once. Medians of the pairs must differ by less than 5 %.
 */
export const benchAuthTiming: Bench = async ({ isQuick, say, startPostgres }) => {
  const pairs = isQuick ? 20 : PAIRS;
  const server = await startPostgres({ settings: DURABLE });
  await using redis = await startRedis();
  await pushSchema(server.url);
  const sql = postgres(server.url, { max: 1, onnotice: () => undefined });
  await fillUsers(sql, (pairs + WARM_UPS) * CALLS.length);
  await sql.end();
  await using auth = await startAuth({
    DATABASE_URL: server.url,
    REDIS_URL: redis.url,
    SYSTEM_ENCRYPTION_KEY: randomBytes(32).toString("hex"),
    BLIND_INDEX_KEY: randomBytes(32).toString("hex"),
    LIMITS: UNLIMITED.map((name) => `${name}=10000`).join(","),
  });
  const figures: Figure[] = [];
  for (const [index, call] of CALLS.entries()) {
    const first = index * (pairs + WARM_UPS);
    const times = await timePairs(auth.url, call, { first, pairs });
    figures.push(...describe(call, times));
    say(`${call.name}: ${pairs} pairs`);
  }
  return figures;
};

async function fillUsers(sql: Sql, rows: number): Promise<void> {
  const passwords = createPasswordHasher({ concurrency: 1, queueMax: 1 });
  const hash = await passwords.hash("correct horse battery staple");
  await sql`
    insert into postern.users (email, email_verified_at, name, password_hash)
    select 'known' || n || '@example.com', now(), 'Person', ${hash}
    from generate_series(0, ${rows}::int) n`;
  await sql`vacuum analyze postern.users`;
}

async function timePairs(
  url: string,
  call: Call,
  { first, pairs }: { first: number; pairs: number },
): Promise<Times> {
  const times: Times = { known: [], unknown: [] };
  for (let n = -WARM_UPS; n < pairs; n += 1) {
    const kinds = ["known", "unknown"] as const;
    for (const kind of randomInt(2) === 0 ? kinds : kinds.toReversed()) {
      const email = `${kind}${first + WARM_UPS + n}@example.com`;
      const milliseconds = await timeOne(`${url}/api/auth${call.path}`, call.body(email));
      if (n >= 0) times[kind].push(milliseconds);
    }
  }
  return times;
}

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

function describe({ name }: Call, { known, unknown }: Times): Figure[] {
  const [one, other] = [median(known), median(unknown)];
  const difference = Math.abs(one - other) / Math.min(one, other);
  return [
    { name: `${name}: known, median`, value: one, unit: "ms" },
    { name: `${name}: unknown, median`, value: other, unit: "ms" },
    {
      name: `${name}: difference`,
      value: difference,
      unit: "ratio",
      limit: { atMost: DIFFERENCE_MAX },
    },
  ];
}
