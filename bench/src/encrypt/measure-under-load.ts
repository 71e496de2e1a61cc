import { setTimeout as sleep } from "node:timers/promises";
import { startRedis } from "@postern/devkit";
import postgres from "postgres";
import type { Figure } from "../bench.ts";
import { countDiffering, fillUsers, keysAt } from "./accounts.ts";
import { type Environment, postern, startPostern } from "./postern.ts";
import { startAuth } from "./start-auth.ts";
import { p95, runTraffic, type Traffic } from "./traffic.ts";

const COLUMN = ["--table", "postern.users", "--column", "phone_number"];
const OPTIONS = [
  ...[...COLUMN, "--into", "encrypted_phone_number", "--index", "phone_number_index"],
  ...["--normalise", "phone"],
];
const KILLS = 4;
const QUIET_SECONDS = 30;
/** Rows a second that are sealed: slow enough to leave the sign-ins their share of two cores. */
const SEAL_RATE = 1_000;
/** And that are compared, which writes nothing. */
const COMPARE_RATE = 3_000;

type Wish = {
  readonly environment: Environment;
  readonly rows: number;
  readonly say: (text: string) => void;
  readonly isQuick: boolean;
};

/** Seals everyone's phone number while people sign in and are looked up by theirs. */
export async function measureUnderLoad(wish: Wish): Promise<Figure[]> {
  const { environment, rows, say, isQuick } = wish;
  await using parts = new AsyncDisposableStack();
  const sql = parts.adopt(
    postgres(environment.DATABASE_URL ?? "", { max: 4, onnotice: () => undefined }),
    (it) => it.end({ timeout: 1 }),
  );
  say("accounts");
  await fillUsers(sql, rows);
  // Every process has learnt the keys to come before the first is turned.
  const keys = keysAt(environment);
  const redis = parts.use(await startRedis());
  const auth = parts.use(await startAuth({ ...keys(1), REDIS_URL: redis.url }));
  const traffic = (seconds: number | Promise<unknown>): Promise<Traffic> =>
    runTraffic({ sql, url: auth.url, rows, environment: keys(1) }, seconds);
  const quiet = isQuick ? 8 : QUIET_SECONDS;
  say("nothing but sign-ins and look-ups, to warm up");
  await traffic(quiet / 3);
  say(`the same for ${quiet} s, measured`);
  const before = await traffic(quiet);
  say(`everyone sealed at ${SEAL_RATE} rows a second meanwhile`);
  const startedAt = performance.now();
  const meanwhile = await traffic(encryptAll(wish, keys));
  const seconds = (performance.now() - startedAt) / 1_000;
  say("every row compared");
  const differing = await countDiffering(sql, keys(3));
  return [
    { name: "rows that differ at the end", value: differing, unit: "rows", limit: { atMost: 0 } },
    {
      name: "failed sign-ins and look-ups",
      value: before.failed + meanwhile.failed,
      unit: "rows",
      limit: { atMost: 0 },
    },
    {
      name: "p95 of a sign-in, meanwhile ÷ before",
      value: p95(meanwhile.signIns) / p95(before.signIns),
      unit: "ratio",
      limit: { atMost: 1.1 },
    },
    { name: "p95 of a sign-in before", value: p95(before.signIns), unit: "ms" },
    { name: "p95 of a sign-in meanwhile", value: p95(meanwhile.signIns), unit: "ms" },
    { name: "p95 of a look-up by phone before", value: p95(before.lookUps), unit: "ms" },
    { name: "p95 of a look-up by phone meanwhile", value: p95(meanwhile.lookUps), unit: "ms" },
    {
      name: "sign-ins and look-ups meanwhile",
      value: (meanwhile.signIns.length + meanwhile.lookUps.length) / seconds,
      unit: "per second",
    },
    { name: "time taken, all stages", value: seconds, unit: "s" },
  ];
}

/** Sealed with four kills, the key turned twice, enforce taken back once, and all re-sealed. */
async function encryptAll({ rows, say }: Wish, keys: (id: 1 | 2 | 3) => Environment) {
  const sealPace = ["--rate", String(SEAL_RATE)];
  const comparePace = ["--rate", String(COMPARE_RATE)];
  const start = [...sealPace, "--workers", "1"];
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const worker = startPostern(keys(kill <= KILLS / 2 ? 1 : 2), "encrypt", ...OPTIONS, ...start);
    await sleep(2_000 + Math.random() * ((rows / SEAL_RATE) * 1_000) * 0.2);
    await worker.kill();
    say("kill -9");
  }
  await postern(keys(2), "encrypt", ...start);
  await postern(keys(2), "encrypt", "verify", ...comparePace);
  await postern(keys(2), "encrypt", "enforce", ...comparePace);
  await postern(keys(2), "encrypt", "rollback");
  say("one stage back");
  await postern(keys(2), "encrypt", "enforce", ...comparePace);
  await postern(keys(3), "rotate", ...sealPace);
  say("every value under the third key");
  await postern(keys(3), "encrypt", "verify", ...comparePace);
}
