import type { PgDatabase } from "drizzle-orm/pg-core";
import type { PostgresJsQueryResultHKT } from "drizzle-orm/postgres-js";

/** The shop's database, or a transaction on it. */
export type Database = PgDatabase<PostgresJsQueryResultHKT>;
