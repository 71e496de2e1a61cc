import postgres, { type Sql } from "postgres";

export type Stalls = {
  /** Milliseconds that the slowest write took, and all but one in a hundred at most. */
  readonly worst: number;
  readonly p99: number;
  readonly writes: number;
  readonly seconds: number;
};

type Place = { readonly url: string; readonly writers: number; readonly rows: number };

const PAUSE_MILLISECONDS = 2;
const SETTLE_MILLISECONDS = 1_000;
/** One write in so many is an INSERT. */
const INSERT_EVERY = 10;

/** Writes single rows on connections of their own while `work` goes on, and times each write. */
export async function runWriters(
  { url, writers, rows }: Place,
  work: () => Promise<unknown>,
): Promise<Stalls> {
  const sql = postgres(url, { max: writers, onnotice: () => undefined });
  const times: { at: number; took: number }[] = [];
  let isOn = true;
  const writer = async () => {
    for (let n = 0; isOn; n += 1) {
      const at = performance.now();
      await (n % INSERT_EVERY === 0 ? insert(sql) : update(sql, rows));
      times.push({ at, took: performance.now() - at });
      await pause(PAUSE_MILLISECONDS);
    }
  };
  const all = Promise.all(Array.from({ length: writers }, writer));
  await pause(SETTLE_MILLISECONDS);
  const startedAt = performance.now();
  await work();
  const endedAt = performance.now();
  isOn = false;
  await all;
  await sql.end();
  const meanwhile = times.filter(({ at, took }) => at + took >= startedAt && at <= endedAt);
  const sorted = meanwhile.map(({ took }) => took).sort((a, b) => a - b);
  return {
    worst: sorted.at(-1) ?? 0,
    p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
    writes: sorted.length,
    seconds: (endedAt - startedAt) / 1_000,
  };
}

const update = (sql: Sql, rows: number) =>
  sql`update accounts set orders = orders + 1 where id = ${Math.ceil(Math.random() * rows)}`;

const insert = (sql: Sql) => sql`insert into accounts (email) values ('new@example.com')`;

const pause = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
