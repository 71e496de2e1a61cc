import { type Database, type PreparedStatement, prepareStatement } from "@postern/process";
import type { SQL } from "drizzle-orm";
import type { Tables } from "./tables.ts";

/** Where a statement runs: the pool or a transaction, on the tables of this binding. */
export type Store = { readonly db: Pick<Database, "_">; readonly tables: Tables };

/**
 * A hot statement: its SQL stands in the file of the use case, compiled once for the tables it is
 * first used with. Everything it changes, its events included, is one statement: all or nothing.
 */
export function statement<Row>(build: (tables: Tables) => SQL) {
  const compiled = new WeakMap<Tables, PreparedStatement<Row>>();
  return (store: Store, values: Readonly<Record<string, unknown>>): Promise<Row[]> => {
    let run = compiled.get(store.tables);
    if (!run) {
      run = prepareStatement<Row>(build(store.tables));
      compiled.set(store.tables, run);
    }
    return run(store.db, values);
  };
}
