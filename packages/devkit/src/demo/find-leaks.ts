import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import postgres from "postgres";
import type { DevRecord } from "../dev/record.ts";
import { expectSeen } from "./step.ts";

export type Secrets = { email: string; others: readonly string[] };

export type Search = { places: number; leaks: string[] };

/**
 * Looks for what must not be kept in clear: in every row of every table, every value in Redis and
 * every line of the services' logs. The one place where the address may stand is users.email.
 */
export async function findLeaks(record: DevRecord, secrets: Secrets): Promise<Search> {
  const searches = [
    await searchTables(record, secrets),
    await searchRedis(record.redisUrl, secrets),
    searchLogs(record.logsFolder, secrets),
  ];
  return {
    places: searches.reduce((sum, { places }) => sum + places, 0),
    leaks: searches.flatMap(({ leaks }) => leaks),
  };
}

type Database = Pick<DevRecord, "databaseUrl" | "databaseSchema">;

async function searchTables(database: Database, secrets: Secrets): Promise<Search> {
  const sql = postgres(database.databaseUrl, { max: 1 });
  try {
    const tables = await sql<{ schema: string; name: string }[]>`
      select schemaname as schema, tablename as name from pg_tables
      where schemaname in (${database.databaseSchema}, 'postern_internal')`;
    expectSeen(tables.length > 0, `tables in the schema ${database.databaseSchema}`);
    const found: Search = { places: 0, leaks: [] };
    for (const { schema, name } of tables) {
      const rows = await sql<{ row: string }[]>`
        select (to_jsonb(t) - ${name === "users" ? "email" : ""}::text)::text as row
        from ${sql(schema)}.${sql(name)} t`;
      found.places += rows.length;
      found.leaks.push(
        ...rows.flatMap(({ row }) => (holds(row, secrets) ? [`table ${name}`] : [])),
      );
    }
    return found;
  } finally {
    await sql.end();
  }
}

async function searchRedis(url: string, secrets: Secrets): Promise<Search> {
  const redis = new Redis(url);
  try {
    const keys = await redis.keys("*");
    const values = await Promise.all(keys.map((key) => readValue(redis, key)));
    const leaks = values.flatMap((value, index) =>
      holds(`${keys[index]} ${value}`, secrets) ? [`Redis ${keys[index]}`] : [],
    );
    return { places: keys.length, leaks };
  } finally {
    redis.disconnect();
  }
}

export async function readValue(redis: Redis, key: string): Promise<string> {
  switch (await redis.type(key)) {
    case "hash":
      return JSON.stringify(await redis.hgetall(key));
    case "list":
      return JSON.stringify(await redis.lrange(key, 0, -1));
    case "zset":
      return JSON.stringify(await redis.zrange(key, "0", "-1"));
    case "set":
      return JSON.stringify(await redis.smembers(key));
    default:
      return (await redis.get(key)) ?? "";
  }
}

/** Throws NotSeenError where a service has no log: nothing is found in what is not there. */
export function searchLogs(folder: string, secrets: Secrets): Search {
  for (const service of ["auth", "notifier"]) {
    expectSeen(existsSync(join(folder, `${service}.log`)), `a log of ${service} in ${folder}`);
  }
  const found: Search = { places: 0, leaks: [] };
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".log"))) {
    const lines = readFileSync(join(folder, file), "utf8").split("\n");
    found.places += lines.length;
    found.leaks.push(...lines.flatMap((line) => (holds(line, secrets) ? [`log ${file}`] : [])));
  }
  return found;
}

/** A code is short: it counts only where it stands alone, not inside a longer number or digest. */
function holds(text: string, { email, others }: Secrets): boolean {
  const isCode = (secret: string) => /^\d{6,8}$/.test(secret);
  return (
    text.toLowerCase().includes(email) ||
    others.some((secret) =>
      isCode(secret)
        ? new RegExp(`(?:(?<![\\w.-])|(?<=\\\\[nrt]))${secret}(?![\\w.-])`).test(text)
        : text.includes(secret),
    )
  );
}
