import type { Database } from "@postern/process";
import type { Deps } from "./deps.ts";
import type { Tables } from "./tables.ts";

/** A transaction of the caller's, or the pool, on the tables of a binding. */
export type TransactionStore = {
  readonly db: Omit<Database, "$client">;
  readonly tables: Tables;
};

/** The same dependencies for a use case whose statements are a part of the caller's transaction. */
export const inTransaction = (deps: Deps, { db }: TransactionStore): Deps => ({
  ...deps,
  // All but the pool's client, which no use case touches.
  db: db as Database,
});
