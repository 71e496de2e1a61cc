import { defineConfig } from "drizzle-kit";

const url = process.env.DATABASE_URL;
if (!url) {
  throw new Error("Set DATABASE_URL, or start `pnpm dev` and use the one it prints.");
}

/**
 * One source for `pnpm db:push` (which guards what drizzle-kit would do) and for drizzle-kit's own
 * commands. The filter keeps them all inside our PostgreSQL schema.
 */
export default defineConfig({
  dialect: "postgresql",
  schema: "./packages/schema/src/index.ts",
  out: "./.postern/drizzle",
  schemaFilter: ["postern"],
  dbCredentials: { url },
  strict: true,
  verbose: true,
});
