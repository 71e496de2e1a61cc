import { pgSchema } from "drizzle-orm/pg-core";

/** The PostgreSQL schema of the default binding. */
export const postern = pgSchema("postern");
