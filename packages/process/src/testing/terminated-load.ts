import { sql } from "drizzle-orm";
import { openDatabase } from "../open-database.ts";
import { prepareStatement } from "../prepare-statement.ts";

/**
 * A process of its own, so that a driver that ends the process is seen as an exit code: twenty
 * workers use the pool of the database named by the first argument until the time named by the
 * second (milliseconds) is over. Prints how many calls succeeded, failed, and never ended, and what
 * `select 1` on every connection gives afterwards.
 */
const [url = "", runMilliseconds = "1000"] = process.argv.slice(2);

const WORKERS = 20;
const POOL_SIZE = 8;
const SETTLE_MILLISECONDS = 5_000;

const db = openDatabase({ url, poolSizeMax: POOL_SIZE, applicationName: "terminated-load" });
const one = prepareStatement<{ one: number }>(sql`select ${sql.placeholder("one")}::int as one`);
const counts = { succeeded: 0, failed: 0, pending: 0 };

const transfer = () =>
  db.transaction(async (tx) => {
    await one(tx, { one: 1 });
    await tx.execute(sql`insert into moves (half) values ('first')`);
    await tx.execute(sql`select pg_sleep(0.005)`);
    await tx.execute(sql`insert into moves (half) values ('second')`);
  });

async function count(call: () => Promise<unknown>): Promise<void> {
  counts.pending += 1;
  try {
    await call();
    counts.succeeded += 1;
  } catch {
    counts.failed += 1;
  }
  counts.pending -= 1;
}

async function work(worker: number, end: number): Promise<void> {
  while (Date.now() < end) {
    await count(worker % 2 === 0 ? transfer : () => one(db, { one: worker }));
  }
}

const end = Date.now() + Number(runMilliseconds);
const workers = Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker, end)));
const timeUp = new Promise((resolve) => {
  setTimeout(resolve, Number(runMilliseconds) + SETTLE_MILLISECONDS).unref();
});
await Promise.race([workers, timeUp]);

const after = Array.from({ length: POOL_SIZE * 4 }, () => one(db, { one: 1 }));
const answers = await Promise.race([Promise.all(after), timeUp.then(() => [])]);
process.stdout.write(JSON.stringify({ ...counts, answersAfter: answers.length }));
process.exit(0);
