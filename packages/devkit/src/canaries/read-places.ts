import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import postgres from "postgres";
import { readValue } from "../demo/find-leaks.ts";
import type { Path } from "./open-path.ts";

/** One row, one key with its value, one line. */
export type Place = { name: string; text: string };

/** Every row of every table of the database; of users without the one column that holds the address. */
export async function readRows({ databaseUrl }: Pick<Path, "databaseUrl">): Promise<Place[]> {
  await using sql = openSql(databaseUrl);
  const tables = await sql.query<{ schema: string; name: string }[]>`
    select schemaname as schema, tablename as name from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema')`;
  const places = await Promise.all(
    tables.map(async ({ schema, name }) => {
      const rows = await sql.query<{ row: string }[]>`
        select (to_jsonb(t) - ${name === "users" ? "email" : ""}::text)::text as row
        from ${sql.query(schema)}.${sql.query(name)} t`;
      return rows.map(({ row }) => ({ name: `table ${name}`, text: row }));
    }),
  );
  return places.flat();
}

/** The one place where addresses may stand. */
export async function readAddresses({ databaseUrl }: Pick<Path, "databaseUrl">): Promise<string> {
  await using sql = openSql(databaseUrl);
  const rows = await sql.query<{ email: string }[]>`select email from postern.users`;
  return rows.map(({ email }) => email).join("\n");
}

/** How many rows of both delivery logs have each status, such as `email sent`. */
export async function countDeliveries({
  databaseUrl,
}: Pick<Path, "databaseUrl">): Promise<Record<string, number>> {
  await using sql = openSql(databaseUrl);
  const rows = await sql.query<{ status: string; count: number }[]>`
    select 'email ' || status as status, count(*)::int from postern.email_delivery_log group by 1
    union all
    select 'sms ' || status, count(*)::int from postern.sms_delivery_log group by 1`;
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}

function openSql(url: string) {
  const query = postgres(url, { max: 4 });
  return { query, [Symbol.asyncDispose]: () => query.end() };
}

export async function readRedis({ redisUrl }: Pick<Path, "redisUrl">): Promise<Place[]> {
  const redis = new Redis(redisUrl);
  try {
    const keys = await redis.keys("*");
    return await Promise.all(
      keys.map(async (key) => ({
        name: `Redis ${key}`,
        text: `${key} ${await readValue(redis, key)}`,
      })),
    );
  } finally {
    redis.disconnect();
  }
}

/** Both outputs of both services. */
export const readLogs = ({ logsFolder }: Pick<Path, "logsFolder">): Place[] =>
  readdirSync(logsFolder).flatMap((file) =>
    readFileSync(join(logsFolder, file), "utf8")
      .split("\n")
      .map((text) => ({ name: `log ${file}`, text })),
  );

/** Names and labels: a measure may be any number. */
export async function readMetrics({ metricsUrls }: Pick<Path, "metricsUrls">): Promise<Place[]> {
  const pages = await Promise.all(metricsUrls.map(async (url) => (await fetch(url)).text()));
  return pages.flatMap((page) =>
    page.split("\n").map((line) => ({ name: "metric", text: line.replace(/ [-+\w.]+$/, "") })),
  );
}
