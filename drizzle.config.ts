import { defineConfig } from "drizzle-kit";
import { readSettings } from "./packages/schema/src/push/settings.ts";

const { databaseUrl, schema } = readSettings(process.env, process.cwd());

/**
 * One source for `pnpm db:push` (which guards what drizzle-kit would do) and for drizzle-kit's own
 * commands. The filter keeps them all inside our PostgreSQL schema.
 */
export default defineConfig({
  dialect: "postgresql",
  schema: "./packages/schema/src/index.ts",
  out: "./.postern/drizzle",
  schemaFilter: [schema],
  dbCredentials: { url: databaseUrl },
  strict: true,
  verbose: true,
});
