import type { SQL } from "drizzle-orm";
import {
  type PreparedStatement,
  prepareStatement,
  type Queryable,
  type StatementValues,
} from "./prepare-statement.ts";

/** Where a statement runs: the pool or a transaction, on the tables of a binding. */
export type Store<Tables> = { readonly db: Queryable; readonly tables: Tables };

/**
 * A prepared statement over the tables of a binding, compiled once for each binding it meets. Its
 * SQL stands in the file of the use case. All that it changes is one statement: all or nothing.
 */
export function boundStatement<Tables extends object, Row>(build: (tables: Tables) => SQL) {
  const compiled = new WeakMap<Tables, PreparedStatement<Row>>();
  return ({ db, tables }: Store<Tables>, values: StatementValues = {}): Promise<Row[]> => {
    const known = compiled.get(tables);
    const run = known ?? prepareStatement<Row>(build(tables));
    if (!known) {
      compiled.set(tables, run);
    }
    return run(db, values);
  };
}
