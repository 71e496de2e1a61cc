import { type PreparedStatement, prepareStatement, type StatementValues } from "@postern/process";
import type { SQL } from "drizzle-orm";
import type { Deps } from "./deps.ts";
import type { Tables } from "./tables.ts";

/** A prepared statement whose SQL stands in the file that uses it, compiled once for each binding. */
export function statement<Row>(build: (tables: Tables) => SQL) {
  const compiled = new WeakMap<Tables, PreparedStatement<Row>>();
  return ({ db, tables }: Pick<Deps, "db" | "tables">, values: StatementValues = {}) => {
    const known = compiled.get(tables);
    const run = known ?? prepareStatement<Row>(build(tables));
    if (!known) compiled.set(tables, run);
    return run(db, values);
  };
}
