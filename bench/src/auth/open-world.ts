import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPasswordHasher } from "@postern/crypto";
import { pushSchema, startRedis } from "@postern/devkit";
import postgres, { type Sql } from "postgres";
import type { BenchRun } from "../bench.ts";
import type { Environment } from "../encrypt/postern.ts";
import { startAuth } from "../encrypt/start-auth.ts";
import type { Argon2Cost, BetterAuthSettings } from "./better-auth-server.ts";
import { DURABLE } from "./durable.ts";
import { openTarget, type Target } from "./load.ts";
import { findPgbench } from "./pgbench.ts";
import { startPeer } from "./start-peer.ts";
import { UNLIMITED } from "./unlimited.ts";

export const PASSWORD = "correct horse battery staple";
/** Requests under way at once, and connections to the database that each server may open. */
export const IN_FLIGHT = 16;
/** Accounts on either side. */
const ACCOUNTS = 20_000;

/** Postern and better-auth side by side: one database server, a database and a process for each. */
export type World = {
  readonly sql: Sql;
  readonly databaseUrl: string;
  readonly logFile: string;
  readonly environment: Environment;
  readonly publicUrl: string;
  readonly postern: Target;
  /** With its own default, scrypt. */
  readonly betterAuth: Target;
  /** With argon2id at Postern's cost. */
  readonly betterAuthArgon2: Target;
  readonly argon2: Argon2Cost;
  readonly storedHash: string;
  readonly pgbench: string | null;
  readonly say: (text: string) => void;
  readonly rounds: number;
  readonly isQuick: boolean;
  /** The address that the next request comes from, in X-Forwarded-For; each is another. */
  readonly nextAddress: () => string;
};

const ROUNDS = 5;

export async function openWorld(
  { say, isQuick, startPostgres }: BenchRun,
  parts: AsyncDisposableStack,
): Promise<World> {
  const logFile = join(tmpdir(), `postern-bench-${randomBytes(6).toString("hex")}.log`);
  parts.defer(() => rm(logFile, { force: true }));
  const { url: databaseUrl } = await startPostgres({ settings: DURABLE, logFile });
  const redis = parts.use(await startRedis());
  await pushSchema(databaseUrl);
  const sql = parts.adopt(postgres(databaseUrl, { max: 2, onnotice: () => undefined }), (it) =>
    it.end({ timeout: 1 }),
  );
  const hasher = createPasswordHasher({ concurrency: 1, queueMax: 1 });
  const storedHash = await hasher.hash(PASSWORD);
  const argon2 = costOf(storedHash);
  await fillAccounts(sql, storedHash);
  const environment: Environment = {
    DATABASE_URL: databaseUrl,
    DATABASE_POOL_SIZE: String(IN_FLIGHT),
    REDIS_URL: redis.url,
    SYSTEM_ENCRYPTION_KEY: randomBytes(32).toString("hex"),
    BLIND_INDEX_KEY: randomBytes(32).toString("hex"),
    LIMITS: UNLIMITED,
  };
  const auth = parts.use(await startAuth(environment));
  say("better-auth");
  const betterAuth = await openBetterAuth({ sql, databaseUrl, argon2: null }, parts);
  const betterAuthArgon2 = await openBetterAuth({ sql, databaseUrl, argon2 }, parts);
  let addresses = 0;
  return {
    ...{ sql, databaseUrl, logFile, environment, argon2, storedHash, say, isQuick },
    ...{ betterAuth, betterAuthArgon2 },
    publicUrl: auth.url,
    postern: parts.use(openTarget(auth.url)),
    pgbench: findPgbench(),
    rounds: isQuick ? 1 : ROUNDS,
    nextAddress: () => {
      addresses += 1;
      return `10.${(addresses >> 16) & 255}.${(addresses >> 8) & 255}.${addresses & 255}`;
    },
  };
}

export const emailOf = (n: number): string => `person${n % ACCOUNTS}@example.com`;

function costOf(hash: string): Argon2Cost {
  const [, memory, time, lanes] = /\$m=(\d+),t=(\d+),p=(\d+)\$/.exec(hash) ?? [];
  return { memoryCost: Number(memory), timeCost: Number(time), parallelism: Number(lanes) };
}

async function fillAccounts(sql: Sql, passwordHash: string): Promise<void> {
  await sql`
    insert into postern.users (email, email_verified_at, name, password_hash)
    select 'person' || n || '@example.com', now(), 'Person', ${passwordHash}
    from generate_series(0, ${ACCOUNTS - 1}::int) n`;
  await sql`vacuum analyze postern.users`;
}

type Wish = {
  readonly sql: Sql;
  readonly databaseUrl: string;
  readonly argon2: Argon2Cost | null;
};

async function openBetterAuth(
  { sql, databaseUrl, argon2 }: Wish,
  parts: AsyncDisposableStack,
): Promise<Target> {
  const name = argon2 ? "better_auth_argon2" : "better_auth";
  await sql.unsafe(`create database ${name}`);
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  const settings: BetterAuthSettings = {
    databaseUrl: url.href,
    poolSizeMax: IN_FLIGHT,
    secret: randomBytes(32).toString("hex"),
    argon2,
  };
  const target = parts.use(
    openTarget(parts.use(await startPeer("better-auth-server.ts", settings)).url),
  );
  // Its own sign-up hashes the password once; the accounts are copies of that one.
  await target.send({
    method: "POST",
    path: "/api/auth/sign-up/email",
    body: { email: "first@example.com", name: "Person", password: PASSWORD },
  });
  await copyAccounts(url.href);
  return target;
}

async function copyAccounts(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  await sql`
    insert into "user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
    select 'user' || n, 'Person', 'person' || n || '@example.com', true, now(), now()
    from generate_series(0, ${ACCOUNTS - 1}::int) n`;
  await sql`
    insert into account (id, "accountId", "providerId", "userId", password, "createdAt", "updatedAt")
    select 'account' || n, 'user' || n, 'credential', 'user' || n, first.password, now(), now()
    from generate_series(0, ${ACCOUNTS - 1}::int) n, account first`;
  await sql`vacuum analyze "user"`;
  await sql`vacuum analyze account`;
  await sql.end();
}
