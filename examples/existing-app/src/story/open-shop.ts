import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate } from "drizzle-orm/postgres-js/migrator";
import postgres from "postgres";

const appFolder = resolve(import.meta.dirname, "../..");

/** Makes the shop as it was before Postern: its own migrations, and some rows in every table. */
export async function openShop(databaseUrl: string): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  try {
    await migrate(drizzle({ client: sql }), { migrationsFolder: resolve(appFolder, "drizzle") });
    await sql.unsafe(readFileSync(resolve(appFolder, "src/shop/seed.sql"), "utf8"));
  } finally {
    await sql.end();
  }
}
