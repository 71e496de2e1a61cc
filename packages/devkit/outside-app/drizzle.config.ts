import { defineConfig } from "drizzle-kit";

const { DATABASE_URL = "", KIT_SCHEMA = "./src/app.ts", KIT_OUT = "./drizzle" } = process.env;

export default defineConfig({
  dialect: "postgresql",
  schema: KIT_SCHEMA.split(","),
  out: KIT_OUT,
  // Without it the kits go through every PostgreSQL schema, ours too.
  schemaFilter: ["public"],
  dbCredentials: { url: DATABASE_URL },
});
