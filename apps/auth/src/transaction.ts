import type { Database } from "@postern/process";
import type { Tables } from "./tables.ts";

type Transaction = Parameters<Parameters<Database["transaction"]>[0]>[0];

/** A transaction of the caller's, on the tables of a binding. */
export type TransactionStore = { readonly db: Transaction; readonly tables: Tables };
