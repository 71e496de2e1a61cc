import { integer, pgTable, text } from "drizzle-orm/pg-core";

// biome-ignore lint/performance/noReExportAll: what this app is here to try
// biome-ignore lint/performance/noBarrelFile: the same
export * from "@postern/schema";

export const users = pgTable("users", {
  id: integer("id").primaryKey(),
  nickname: text("nickname").notNull(),
});
