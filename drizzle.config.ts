import { defineConfig } from "drizzle-kit";
import { readSettings } from "./packages/schema/src/push/settings.ts";

const { databaseUrl, schema } = readSettings(process.env, process.cwd());

/**
 * One source for `pnpm db:push`, which runs without drizzle-kit, and for drizzle-kit's own commands:
 * the same tables, in DATABASE_SCHEMA, and the same database. `pnpm db:generate` needs no
 * database. The filter keeps them all inside our PostgreSQL schema.
 */
export default defineConfig({
  dialect: "postgresql",
  schema: "./packages/schema/src/push/declared-tables.ts",
  out: "./.postern/drizzle",
  schemaFilter: [schema],
  ...(databaseUrl && { dbCredentials: { url: databaseUrl } }),
  strict: true,
  verbose: true,
});
