import type { HistoryStore } from "@postern/messages";
import { bindDefaultTables } from "@postern/schema";
import { drizzle } from "drizzle-orm/postgres-js";
import type { Context } from "../command.ts";
import { readDatabase, readKeysOf } from "../environment.ts";
import { openDatabase } from "../open-database.ts";

export type Deliveries = HistoryStore & AsyncDisposable;

/** The delivery logs of the environment's database, and the keys to look recipients up in them. */
export function openDeliveries({ environment }: Context): Deliveries {
  const { url, schema } = readDatabase(environment);
  const { digests: digestKeys } = readKeysOf(environment);
  const database = openDatabase(url, 1);
  return {
    db: drizzle({ client: database.sql }),
    tables: bindDefaultTables(schema),
    digestKeys,
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
