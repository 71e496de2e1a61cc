import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Sql } from "postgres";
import { type AppDatabase, openAppDatabase, readDatabase } from "./app-database.ts";
import { kit, ours, type Where } from "./commands.ts";
import type { App } from "./make-app.ts";

/**
 * The app's own drizzle-kit beside a PostgreSQL schema of ours that it knows nothing of: it goes on
 * with its own tables, and its migrations hold no other.
 */
export async function tryOwnSchema(app: App, serverUrl: string): Promise<void> {
  const own = ["app"];
  await using pushed = await openAppDatabase(serverUrl);
  await kit(app, "push", { databaseUrl: pushed.url, schema: own });
  await addRows(pushed.sql);
  await pushTwice(app, pushed, "security");
  await kitGoesOn(app, pushed, own);

  await using migrated = await openAppDatabase(serverUrl);
  const out = "drizzle-own";
  await migrate(app, { databaseUrl: migrated.url, schema: own, out });
  const stray = /"login_attempts"|"security"/.exec(readMigrations(app, out));
  if (stray) throw new Error(`The app's migration names ${stray[0]}, which is not its own.`);
  await ours(app, "migrate", { databaseUrl: migrated.url, schema: ["security"] });
  await pushIsIdle(app, migrated, "security");
  await migrationsGoOn(app, migrated, { schema: own, out });
}

/** The same where the app re-exports our tables and views and they share its `public`. */
export async function trySharedSchema(app: App, serverUrl: string): Promise<void> {
  const all = ["app", "shared"];
  await using pushed = await openAppDatabase(serverUrl);
  await kit(app, "push", { databaseUrl: pushed.url, schema: ["app"] });
  await addRows(pushed.sql);
  await pushTwice(app, pushed, "shared");
  await kitGoesOn(app, pushed, all);

  await using migrated = await openAppDatabase(serverUrl);
  const out = "drizzle-shared";
  await migrate(app, { databaseUrl: migrated.url, schema: all, out });
  await pushTwice(app, migrated, "shared");
  const lines = await readDatabase(migrated.sql);
  if (!lines.some((line) => line.startsWith("public.users_admin:"))) {
    throw new Error("The push did not add the views to the tables that drizzle-kit had made.");
  }
  await migrationsGoOn(app, migrated, { schema: all, out });
}

/** `export *` from our package beside a users table of the app's own, which stays the one. */
export async function tryStar(app: App, serverUrl: string): Promise<void> {
  await using database = await openAppDatabase(serverUrl);
  await migrate(app, { databaseUrl: database.url, schema: ["star"], out: "drizzle-star" });
  const columns = await database.sql`select attname as name from pg_attribute
    where attrelid = 'public.users'::regclass and attnum > 0 order by attnum`;
  const names = columns.map(({ name }) => name).join(", ");
  if (names !== "id, nickname") throw new Error(`Beside export * the app's users has: ${names}.`);
  await pushTwice(app, database, "star");
}

async function addRows(sql: Sql): Promise<void> {
  await sql.unsafe(`
    insert into users (email) select format('user%s@example.com', n) from generate_series(1, 20) n;
    insert into products (name, price) values ('Lamp', 12.5), ('Desk', 210);
    insert into orders (user_id, product_id) select id, 1 + id % 2 from users;`);
}

async function pushTwice(app: App, database: AppDatabase, file: string): Promise<void> {
  await ours(app, "push", { databaseUrl: database.url, schema: [file] });
  await pushIsIdle(app, database, file);
}

async function pushIsIdle(app: App, { url }: AppDatabase, file: string): Promise<void> {
  const output = await ours(app, "push", { databaseUrl: url, schema: [file] });
  if (!/nothing to do/i.test(output)) throw new Error(`The push of ${file} said:\n${output}`);
}

async function migrate(app: App, where: Where): Promise<string> {
  await kit(app, "generate", where);
  return kit(app, "migrate", where);
}

/**
 * The kit's push finds nothing to do, and then makes the app's new table and touches nothing else.
 */
async function kitGoesOn(app: App, { url, sql }: AppDatabase, schema: string[]): Promise<void> {
  const push = (files: string[]) => kit(app, "push", { databaseUrl: url, schema: files });
  const output = await changesOnly(sql, () => push(schema));
  if (!/no changes/i.test(output))
    throw new Error(`drizzle-kit push had something to do:\n${output}`);
  await changesOnly(sql, () => push([...schema, "next"]), "public.refunds");
}

type Migrations = { schema: string[]; out: string };

/** After our push, too: the next migration makes the app's new table, and the push is idle. */
async function migrationsGoOn(app: App, database: AppDatabase, { schema, out }: Migrations) {
  const { url, sql } = database;
  const next = { databaseUrl: url, schema: [...schema, "next"], out };
  await changesOnly(sql, () => migrate(app, next), "public.refunds");
  await changesOnly(sql, () => kit(app, "push", next));
}

/** Throws where a command changes any object or row, of the app's or ours, but for one table. */
async function changesOnly(
  sql: Sql,
  command: () => Promise<string>,
  table?: string,
): Promise<string> {
  const before = await readDatabase(sql);
  const output = await command();
  const after = await readDatabase(sql);
  const lost = before.filter((line) => !after.includes(line));
  const added = after.filter((line) => !before.includes(line));
  const strange = table === undefined ? added : added.filter((line) => !line.startsWith(table));
  if (lost.length + strange.length > 0 || (table !== undefined && added.length === 0)) {
    const changes = [...lost.map((line) => `- ${line}`), ...added.map((line) => `+ ${line}`)];
    throw new Error(["drizzle-kit said:", output, "and changed:", ...changes].join("\n"));
  }
  return output;
}

function readMigrations({ folder }: App, out: string): string {
  const files = readdirSync(join(folder, out), { recursive: true, encoding: "utf8" });
  const migrations = files.filter((file) => file.endsWith(".sql"));
  return migrations.map((file) => readFileSync(join(folder, out, file), "utf8")).join("\n");
}
