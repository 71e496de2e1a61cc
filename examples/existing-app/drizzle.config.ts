import { defineConfig } from "drizzle-kit";

const databaseUrl = process.env.DATABASE_URL;

/** The shop's own tables and nothing else. Postern's lie in another PostgreSQL schema. */
export default defineConfig({
  dialect: "postgresql",
  schema: "./src/shop/*.ts",
  out: "./drizzle",
  schemaFilter: ["public"],
  ...(databaseUrl && { dbCredentials: { url: databaseUrl } }),
});
