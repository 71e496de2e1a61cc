import { randomBytes } from "node:crypto";
import { withServiceRole } from "@postern/devkit";
import { sql } from "drizzle-orm";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { openDeployment } from "../testing/open-deployment.ts";

/** A service that listens; it stands in for the notifier too, whose readiness has the same form. */
async function openRunning(environment: Record<string, string> = {}) {
  const world = await openDeployment();
  const url = await world.auth.app.listen({ port: 0, host: "127.0.0.1" });
  await setPolicy(world.redis.url, "noeviction");
  Object.assign(world.environment, {
    DATABASE_URL: withServiceRole(world.auth.databaseUrl),
    PUBLIC_URL: "https://auth.example.com",
    AUTH_PORT: new URL(url).port,
    NOTIFIER_PORT: new URL(url).port,
    ...environment,
  });
  return world;
}

async function setPolicy(url: string, policy: string): Promise<void> {
  const redis = new Redis(url);
  await redis.config("SET", "maxmemory-policy", policy);
  await redis.quit();
}

type World = Awaited<ReturnType<typeof openRunning>>;

const failing = async (world: World) => {
  const { code, out } = await world.run("validate");
  const failed = out.split("\n").filter((line) => line.startsWith("FAIL"));
  expect(code).toBe(failed.length > 0 ? 1 : 0);
  return failed;
};

test("a deployment that is well: a line a check, exit code 0, and no secret", async () => {
  await using world = await openRunning();
  const { code, out, err } = await world.run("validate");
  expect({ out, code, err }).toMatchObject({ code: 0, err: "" });
  expect(out.split("\n")).toHaveLength(10);
  expect(out).not.toContain("FAIL");
  expect(out).not.toContain(world.environment.SYSTEM_ENCRYPTION_KEY!);
  expect(out).not.toMatch(/postgres:\/\/|redis:\/\//);
  const { checks } = JSON.parse((await world.run("validate", "--json")).out);
  expect(checks).toHaveLength(10);
});

test("a login that may change the logs is told of (R-73)", async () => {
  await using world = await openRunning();
  world.environment.DATABASE_URL = world.auth.databaseUrl;
  expect(await failing(world)).toEqual([
    expect.stringMatching(/role .* may change the append-only logs/),
  ]);
});

test("another deployment's key is told of, by its purpose alone (R-46)", async () => {
  await using world = await openRunning();
  await world.auth.owner.execute(sql`insert into postern_internal.key_fingerprints
    (purpose, key_id, fingerprint) values ('sealing', 1, '0123456789abcdef')`);
  const [line, ...others] = await failing(world);
  expect(others).toEqual([]);
  expect(line).toContain("not this database's: sealing 1");
});

test("a schema that is behind, and one that is not there, are told of", async () => {
  await using world = await openRunning();
  await world.auth.owner.execute(sql`alter table postern.api_keys drop column last_used_ip`);
  const lines = await failing(world);
  expect(lines[0]).toMatch(/schema .* statements? behind: pnpm db:push/);
  world.environment.DATABASE_SCHEMA = "elsewhere";
  expect((await failing(world)).join("\n")).toMatch(/schema|tables/);
});

test("a Redis that throws counters away, and one that is gone, are told of", async () => {
  await using world = await openRunning();
  await setPolicy(world.redis.url, "allkeys-lru");
  expect(await failing(world)).toEqual([expect.stringContaining("allkeys-lru")]);
  world.environment.REDIS_URL = "redis://:canary@127.0.0.1:1";
  const [line] = await failing(world);
  expect(line).toContain("cannot be reached");
  expect(line).not.toContain("canary");
});

test("an old signing key, a queue that nobody works on, and plain http are told of", async () => {
  await using world = await openRunning({ PUBLIC_URL: "http://auth.example.com" });
  await world.auth.owner.execute(sql`update postern.signing_keys
    set activated_at = now() - interval '40 days' where state = 'current'`);
  await world.auth.owner.execute(sql`insert into postern.email_delivery_log
    (id, template, locale, priority, to_email_hint, to_email_index, sealed_payload, expires_at,
      created_at, next_attempt_at)
    values (gen_random_uuid(), 'password_changed', 'en', 20, 'a***@example.com', repeat('A', 22),
      'pe1.' || repeat('A', 60), now() + interval '1 day', now() - interval '5 minutes',
      now() - interval '5 minutes')`);
  const lines = await failing(world);
  expect(lines.map((line) => line.slice(6, 18).trim())).toEqual([
    "signing keys",
    "queue",
    "public url",
  ]);
});

test("services that do not answer, and a database that is away, are told of", async () => {
  await using world = await openRunning({ AUTH_PORT: "1" });
  expect(await failing(world)).toEqual([expect.stringMatching(/auth .* does not answer/)]);
  world.environment.DATABASE_URL = `postgres://canary:${randomBytes(4).toString("hex")}@127.0.0.1:1/x`;
  const lines = await failing(world);
  expect(lines.map((line) => line.slice(6, 18).trim())).toEqual([
    ...["database", "schema", "role", "keys", "signing keys", "queue"],
    "auth",
  ]);
  expect(lines.join("\n")).not.toContain("canary");
});
