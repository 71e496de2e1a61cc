import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate } from "drizzle-orm/postgres-js/migrator";
import postgres from "postgres";

const appFolder = resolve(import.meta.dirname, "../..");
const ownMigrations = resolve(appFolder, "drizzle");

/** What the shop had before it let Postern sign its customers in. */
const MIGRATIONS_BEFORE = 2;

/** Makes the shop as it was before Postern: its own migrations, and some rows in every table. */
export async function openShop(databaseUrl: string): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  const migrationsFolder = copyMigrations(MIGRATIONS_BEFORE);
  try {
    await migrate(drizzle({ client: sql }), { migrationsFolder });
    await sql.unsafe(readFileSync(resolve(appFolder, "src/shop/seed.sql"), "utf8"));
  } finally {
    rmSync(migrationsFolder, { recursive: true });
    await sql.end();
  }
}

/** The folder as it stood when it held so many. */
function copyMigrations(count: number): string {
  const folder = mkdtempSync(join(tmpdir(), "shop-"));
  cpSync(ownMigrations, folder, { recursive: true });
  const journalFile = join(folder, "meta/_journal.json");
  const journal = JSON.parse(readFileSync(journalFile, "utf8")) as { entries: unknown[] };
  const entries = journal.entries.slice(0, count);
  writeFileSync(journalFile, JSON.stringify({ ...journal, entries }));
  return folder;
}

/** Runs what the shop's own migrations hold beyond that. */
export async function bringShopUpToDate(databaseUrl: string): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  try {
    await migrate(drizzle({ client: sql }), { migrationsFolder: ownMigrations });
  } finally {
    await sql.end();
  }
}
