import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { call, signUp } from "../testing/client.ts";
import { type ListeningWorld, listenWorld } from "../testing/listen-world.ts";
import { openWorld, type World } from "../testing/world.ts";

/** Log rows of an account, ten of each moment, so that a batch ends between rows of one moment. */
const fillLog = ({ owner, tables }: World, userId: string, rows: number) =>
  owner.execute(sql`
    insert into ${tables.securityEvents}
      (event_type, severity, user_id, user_agent, metadata, created_at)
    select 'otp_failed', 'medium', ${userId}, 'Canary/1.0', jsonb_build_object('reason', 'row ' || n),
      now() - (n / 10) * interval '1 second'
    from generate_series(1, ${rows}::int) n`);

async function get({ url }: ListeningWorld, path: string, token: string) {
  const startedAt = performance.now();
  const answer = await fetch(`${url}/api/auth${path}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const body = await answer.text();
  const { status, headers } = answer;
  return { status, headers, body, milliseconds: performance.now() - startedAt };
}

test("40 exports of 30,000 rows at once are one, whole and in order, and others are served meanwhile (R-87)", async () => {
  await using world = await listenWorld();
  const ada = await signUp(world);
  const eve = await signUp(world, "eve@example.com");
  await fillLog(world, ada.user.id, 30_000);
  let isOver = false;
  const exporting = Promise.all(
    Array.from({ length: 40 }, () => get(world, "/export", ada.accessToken)),
  ).finally(() => {
    isOver = true;
  });
  const others: Awaited<ReturnType<typeof get>>[] = [];
  while (!isOver) {
    others.push(await get(world, "/me", eve.accessToken));
  }
  const exports = await exporting;
  const byStatus = Object.groupBy(exports, ({ status }) => status);
  expect(byStatus[200]).toHaveLength(1);
  expect(byStatus[429]).toHaveLength(39);
  for (const refused of byStatus[429] ?? []) {
    expect(JSON.parse(refused.body).code).toBe("too_many_requests");
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  }
  expect(others.length).toBeGreaterThan(10);
  expect(new Set(others.map(({ status }) => status))).toEqual(new Set([200]));

  const { tables } = JSON.parse(byStatus[200]![0]!.body);
  expect(tables.security_events).toHaveLength(10_000);
  const reasons = tables.security_events.flatMap((row: { metadata: { reason?: string } }) =>
    row.metadata.reason?.startsWith("row ") ? [row.metadata.reason] : [],
  );
  expect(new Set(reasons).size).toBe(reasons.length);
  expect(reasons.length).toBeGreaterThan(9_900);
  const times = tables.security_events.map((row: { created_at: string }) => row.created_at);
  expect(times).toEqual(times.toSorted().reverse());
});

test("exports of many accounts at once leave the pool to others", async () => {
  await using world = await listenWorld({ environment: { DATABASE_POOL_SIZE: "4" } });
  const eve = await signUp(world, "eve@example.com");
  const signedUp = await Promise.all(
    Array.from({ length: 12 }, (_, n) => signUp(world, `user${n}@example.com`)),
  );
  for (const { user } of signedUp) {
    await fillLog(world, user.id, 1_500);
  }
  const tokens = signedUp.map(({ accessToken }) => accessToken);
  let isOver = false;
  const exporting = Promise.all(tokens.map((token) => get(world, "/export", token))).finally(() => {
    isOver = true;
  });
  const others: Awaited<ReturnType<typeof get>>[] = [];
  let active = 0;
  while (!isOver) {
    const [row] = await world.owner.execute<{ active: number }>(sql`
      select count(*)::int as active from pg_stat_activity
      where datname = current_database() and state = 'active' and query like '%place_at%'
        and pid <> pg_backend_pid()`);
    active = Math.max(active, row!.active);
    others.push(await get(world, "/sessions", eve.accessToken));
  }
  const exports = await exporting;
  expect(new Set(exports.map(({ status }) => status))).toEqual(new Set([200]));
  for (const { body } of exports) {
    expect(JSON.parse(body).tables.security_events.length).toBeGreaterThanOrEqual(1_500);
  }
  expect(new Set(others.map(({ status }) => status))).toEqual(new Set([200]));
  expect(Math.max(...others.map(({ milliseconds }) => milliseconds))).toBeLessThan(3_000);
  expect(active).toBeLessThanOrEqual(2);
});

/** A client that asks for an export and reads no more than it is made to. */
async function askSlowly({ url }: ListeningWorld, token: string) {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  await once(socket, "connect");
  socket.write(
    `GET /api/auth/export HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  );
  await once(socket, "readable");
  return socket;
}

/** When the last batch of an export was read. */
async function lastRead({ owner }: World): Promise<string> {
  const [row] = await owner.execute<{ at: string }>(sql`
    select max(query_start)::text as at from pg_stat_activity
    where datname = current_database() and query like '%place_at%' and pid <> pg_backend_pid()`);
  return row!.at;
}

test("a client that reads nothing is waited for, holds no connection, and leaving frees its place", async () => {
  await using world = await listenWorld();
  const { accessToken, user } = await signUp(world);
  await world.owner.execute(sql`
    insert into ${world.tables.securityEvents} (event_type, severity, user_id, metadata)
    select 'otp_failed', 'medium', ${user.id}, jsonb_build_object('reason', repeat('x', 8000))
    from generate_series(1, 5000)`);
  const socket = await askSlowly(world, accessToken);
  await expect
    .poll(
      async () => {
        const before = await lastRead(world);
        await sleep(700);
        return (await lastRead(world)) === before;
      },
      { timeout: 20_000 },
    )
    .toBe(true);
  expect((await call(world, "GET /export", { token: accessToken })).status).toBe(429);
  expect((await call(world, "GET /me", { token: accessToken })).status).toBe(200);
  socket.destroy();
  const begin = async () => {
    const next = await askSlowly(world, accessToken);
    const [status] = String(next.read()).split("\r\n");
    next.destroy();
    return status;
  };
  await expect.poll(begin, { timeout: 10_000, interval: 200 }).toBe("HTTP/1.1 200 OK");
});

test("an account has ten exports an hour, on every process, and another account its own", async () => {
  await using world = await openWorld();
  await using second = await openWorld({
    databaseUrl: world.databaseUrl,
    keyPrefix: world.keyPrefix,
  });
  const { accessToken: token } = await signUp(world);
  const eve = await signUp(world, "eve@example.com");
  for (let turn = 0; turn < 10; turn += 1) {
    const process = turn % 2 === 0 ? world : second;
    await expect.poll(async () => (await call(process, "GET /export", { token })).status).toBe(200);
  }
  for (const process of [world, second]) {
    const refused = await call(process, "GET /export", { token });
    expect(refused).toMatchObject({ status: 429, body: { code: "too_many_requests" } });
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(3_000);
  }
  expect((await call(second, "GET /export", { token: eve.accessToken })).status).toBe(200);
});
