import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { describeAccounts, openAccounts } from "./testing/open-accounts.ts";
import { ownUsersMigrations } from "./testing/own-users-migrations.ts";

test("a long transaction stops a stage after its tries, in one line that names it; nothing is half-done", async () => {
  await using database = await openAccounts();
  await database.migrate({ to: "019" });
  const before = await describeAccounts(database.sql);
  const retries: unknown[] = [];
  await database.sql.begin(async (tx) => {
    await tx`update accounts set orders = 1`;
    const refused = database.migrate({
      lockTriesMax: 3,
      onEvent: (event) => event.kind === "retry" && retries.push(event),
    });
    await expect(refused).rejects.toThrow(
      /^024_add_security_tracking_columns: another session holds a lock .*Nothing of it was done, what ran before stays; run it again when that has ended\. Open now: pid \d+.*, in a transaction for \d+ s\.$/,
    );
  });
  expect(retries).toHaveLength(2);
  expect(await describeAccounts(database.sql)).toEqual(before);
  const { done } = await database.migrate();
  expect(done[0]).toMatchObject({ version: "024_add_security_tracking_columns", how: "ran" });
});

test("a transaction that ends meanwhile only costs another try, and writes hardly wait for us", async () => {
  await using database = await openAccounts();
  await database.migrate({ to: "019" });
  const other = await database.sql.reserve();
  await other.unsafe("begin; update accounts set orders = 1 where account_no = 1");
  const migrated = database.migrate();
  const waits: number[] = [];
  while (waits.length < 10) {
    const startedAt = performance.now();
    await database.sql`update accounts set orders = orders + 1 where account_no = 2`;
    waits.push(performance.now() - startedAt);
    await sleep(30);
  }
  await other.unsafe("commit");
  other.release();
  const upTo019 = 18;
  expect((await migrated).done).toHaveLength(ownUsersMigrations - upTo019);
  expect(Math.max(...waits)).toBeLessThan(400);
});

test("of two migrations at once one does the work, and the other waits and finds nothing to do", async () => {
  await using database = await openAccounts();
  let waits = 0;
  const onWait = () => {
    waits += 1;
  };
  const both = await Promise.all([database.migrate({ onWait }), database.migrate({ onWait })]);
  expect(both.map(({ done }) => done.length).sort()).toEqual([0, ownUsersMigrations]);
  expect(waits).toBe(1);
});

test("a migration and a push take turns", async () => {
  await using database = await openAccounts();
  const other = await database.sql.reserve();
  await other`select pg_advisory_lock(7305846201)`;
  let isWaiting = false;
  const onWait = () => {
    isWaiting = true;
    setTimeout(() => other`select pg_advisory_unlock_all()`.then(other.release), 200);
  };
  await database.migrate({ to: "003", onWait });
  expect(isWaiting).toBe(true);
});

test("a session that was lost with its turn does nothing more", async () => {
  await using database = await openAccounts();
  let isEnded = false;
  const refused = database.migrate({
    onEvent: (event) => {
      if (isEnded || event.kind !== "done") return;
      isEnded = true;
      void database.sql`select pg_terminate_backend(pid) from pg_locks
        where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`.execute();
    },
  });
  await expect(refused).rejects.toThrow(/connection was lost/);
  expect((await database.migrate()).done.at(-1)).toMatchObject({ how: "ran" });
});
