import { startRedis } from "@postern/devkit";
import postgres from "postgres";
import type { Figure } from "../bench.ts";
import { median } from "../median.ts";
import { countDiffering, fillUsers, keysAt } from "./accounts.ts";
import { type Environment, postern, runFor } from "./postern.ts";
import { startAuth } from "./start-auth.ts";
import { p95, runTraffic, type Traffic } from "./traffic.ts";

const COLUMN = ["--table", "postern.users", "--column", "phone_number"];
const OPTIONS = [
  ...[...COLUMN, "--into", "encrypted_phone_number", "--index", "phone_number_index"],
  ...["--normalise", "phone"],
];
/** Before each stretch of work: machines are faster and slower from minute to minute. */
const QUIET_SECONDS = 20;
/** Rows a second that are sealed: slow enough to leave the sign-ins their share of two cores. */
const SEAL_RATE = 500;
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
  const quietSeconds = isQuick ? 4 : QUIET_SECONDS;
  say("nothing but sign-ins and look-ups, to warm up");
  await traffic(quietSeconds);
  const stretches: Stretch[] = [];
  const beside: Beside = async (name, work) => {
    const before = await traffic(quietSeconds);
    const meanwhile = await traffic(work());
    stretches.push({ before, meanwhile });
    const [quiet, loaded] = [before, meanwhile].map(({ signIns }) => p95(signIns).toFixed(1));
    say(`${name}: p95 of a sign-in ${loaded} ms, ${quiet} ms just before`);
  };
  const startedAt = performance.now();
  const kills = await encryptAll(wish, keys, beside);
  const seconds = (performance.now() - startedAt) / 1_000;
  say("every row compared");
  const differing = await countDiffering(sql, keys(3));
  return [
    { name: "rows that differ at the end", value: differing, unit: "rows", limit: { atMost: 0 } },
    { name: "kill -9 of the worker", value: kills, unit: "times" },
    ...figuresOf(stretches),
    { name: "time taken, all stages and the quiet between", value: seconds, unit: "s" },
  ];
}

/** Traffic beside nothing, and right after it beside a command or a part of one. */
type Stretch = { readonly before: Traffic; readonly meanwhile: Traffic };
type Beside = (name: string, work: () => Promise<unknown>) => Promise<void>;

function figuresOf(stretches: readonly Stretch[]): Figure[] {
  const ratios = stretches.map((it) => p95(it.meanwhile.signIns) / p95(it.before.signIns));
  const all = (side: keyof Stretch, kind: "signIns" | "lookUps") =>
    p95(stretches.flatMap((it) => it[side][kind]));
  const failed = stretches.flatMap((it) => [it.before.failed, it.meanwhile.failed]);
  return [
    {
      name: "failed sign-ins and look-ups",
      value: failed.reduce((sum, count) => sum + count),
      unit: "requests",
      limit: { atMost: 0 },
    },
    {
      name: "p95 of a sign-in, meanwhile ÷ just before",
      value: median(ratios),
      unit: "ratio",
      limit: { atMost: 1.1 },
    },
    { name: "p95 of a sign-in before", value: all("before", "signIns"), unit: "ms" },
    { name: "p95 of a sign-in meanwhile", value: all("meanwhile", "signIns"), unit: "ms" },
    { name: "p95 of a look-up by phone before", value: all("before", "lookUps"), unit: "ms" },
    { name: "p95 of a look-up by phone meanwhile", value: all("meanwhile", "lookUps"), unit: "ms" },
  ];
}

/**
 * Sealed with a kill -9 every minute or so, the key turned on the way and again at the end,
 * enforce taken back once, and all re-sealed with kills as well. Returns how many kills there were.
 */
async function encryptAll({ rows }: Wish, keys: (id: 1 | 2 | 3) => Environment, beside: Beside) {
  const sealPace = ["--rate", String(SEAL_RATE)];
  const comparePace = ["--rate", String(COMPARE_RATE)];
  const start = ["encrypt", ...OPTIONS, ...sealPace, "--workers", "1"];
  const lives = () => (rows / SEAL_RATE) * 1_000 * (0.08 + 0.15 * Math.random());
  let kills = 0;
  const toItsEnd = async (name: string, environment: () => Environment, words: string[]) => {
    for (let isEnded = false; !isEnded; ) {
      await beside(name, async () => {
        isEnded = await runFor(lives(), environment(), words);
        if (!isEnded) kills += 1;
      });
    }
  };
  await toItsEnd("sealed", () => keys(kills < 3 ? 1 : 2), start);
  const run = (id: 1 | 2 | 3, ...words: string[]) => postern(keys(id), ...words);
  await beside("compared", () => run(2, "encrypt", "verify", ...comparePace));
  await beside("enforced", () => run(2, "encrypt", "enforce", ...comparePace));
  await beside("one stage back and forth", async () => {
    await run(2, "encrypt", "rollback");
    await run(2, "encrypt", "enforce", ...comparePace);
  });
  await toItsEnd("re-sealed under the third key", () => keys(3), ["rotate", ...sealPace]);
  await beside("compared", () => run(3, "encrypt", "verify", ...comparePace));
  return kills;
}
