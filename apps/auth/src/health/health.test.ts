import { startRedis } from "@postern/devkit";
import postgres from "postgres";
import { expect, test } from "vitest";
import { openWorld } from "../testing/world.ts";
import { createHealthDescription } from "./describe-health.ts";

type Asked = Pick<Awaited<ReturnType<typeof openWorld>>, "app">;

const get = async ({ app }: Asked, url: string) => {
  const answer = await app.inject({ method: "GET", url });
  return { status: answer.statusCode, body: answer.json(), headers: answer.headers };
};

/** Runs SQL as the owner of the test's database. */
async function onDatabase(url: string, statements: string): Promise<void> {
  const admin = postgres(url, { max: 1, onnotice: () => undefined });
  await admin.unsafe(statements);
  await admin.end();
}

test("health tells that the process lives and nothing else", async () => {
  await using world = await openWorld();
  const { status, body } = await get(world, "/health");
  expect(status).toBe(200);
  expect(body).toEqual({ status: "ok", service: "auth", uptime: expect.any(Number) });
});

test("version names the release, the commit and the schema", async () => {
  await using world = await openWorld({ environment: { POSTERN_COMMIT: "abc1234" } });
  expect((await get(world, "/version")).body).toEqual({
    service: "auth",
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    commit: "abc1234",
    schemaVersion: expect.stringMatching(/^\d+\.\d+\.\d+/),
  });
});

test("a service that has everything is ready", async () => {
  await using world = await openWorld();
  expect(await get(world, "/ready")).toMatchObject({
    status: 200,
    body: { status: "ready", service: "auth" },
  });
});

test("a missing table turns readiness red by its name", async () => {
  await using world = await openWorld();
  await onDatabase(
    world.databaseUrl,
    "drop table postern.security_events, postern.api_keys cascade",
  );
  const { status, body, headers } = await get(world, "/ready");
  expect(status).toBe(503);
  expect(headers["retry-after"]).toBe("1");
  expect(body.missing.schema.sort()).toEqual(["api_keys", "security_events"]);
});

test("without the index that keeps an email to one account the service is not ready (D16)", async () => {
  await using world = await openWorld();
  await onDatabase(
    world.databaseUrl,
    `drop index postern.users_email_key;
     create index users_email_key on postern.users (lower(email));
     create unique index on postern.users (lower(email)) where email_verified_at is not null`,
  );
  const { status, body } = await get(world, "/ready");
  expect(status).toBe(503);
  expect(body.missing).toEqual({ schema: ["unique index on postern.users (lower(email))"] });
});

test("a missing privilege turns readiness red by its name, an append-only log needs only INSERT", async () => {
  await using owner = await openWorld();
  const role = `ready_${owner.databaseUrl.slice(-8)}`;
  await onDatabase(
    owner.databaseUrl,
    `create role ${role} login password 'for-a-test';
     grant usage on schema postern to ${role};
     grant select, insert, update, delete on all tables in schema postern to ${role};
     grant execute on function postern.turn_signing_keys to ${role};
     revoke select, update, delete on postern.security_events from ${role};
     revoke update on postern.users from ${role}`,
  );
  const url = new URL(owner.databaseUrl);
  url.username = role;
  url.password = "for-a-test";
  await using world = await openWorld({ databaseUrl: url.href, asGiven: true });
  const { status, body } = await get(world, "/ready");
  await onDatabase(owner.databaseUrl, `drop owned by ${role}; drop role ${role}`);
  expect(status).toBe(503);
  expect(body.missing).toEqual({ privileges: ["UPDATE on users"] });
});

test("a database that is away is named, and readiness comes back by itself", async () => {
  await using world = await openWorld();
  const { pathname } = new URL(world.databaseUrl);
  const name = pathname.slice(1);
  const server = new URL(world.databaseUrl);
  server.pathname = "/postgres";
  await onDatabase(server.href, `alter database ${name} with allow_connections false`);
  await onDatabase(
    server.href,
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
  );
  await expect
    .poll(async () => (await get(world, "/ready")).body.missing?.database, { timeout: 5_000 })
    .toBe(true);
  expect((await get(world, "/health")).status).toBe(200);

  await onDatabase(server.href, `alter database ${name} with allow_connections true`);
  await expect.poll(async () => (await get(world, "/ready")).status, { timeout: 10_000 }).toBe(200);
});

test("Redis lost after the start leaves the service ready but degraded, until it is back", async () => {
  await using redis = await startRedis();
  await using world = await openWorld({ redisUrl: redis.url });
  await redis.stop();
  await expect
    .poll(() => get(world, "/ready"), { timeout: 5_000 })
    .toMatchObject({ status: 200, body: { status: "degraded" } });
});

test("the operators' description names every part with its figures", async () => {
  await using world = await openWorld();
  expect(await createHealthDescription(world)()).toMatchObject({
    status: "ok",
    checks: {
      database: { status: "up" },
      redis: { status: "up" },
      schema: { status: "up", missing_tables: [], missing_privileges: [] },
      signing_keys: { status: "up" },
      queue: { status: "up", depth: 0, oldest_seconds: 0 },
    },
  });
});
