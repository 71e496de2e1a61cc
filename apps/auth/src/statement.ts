import { type Store as BoundStore, boundStatement } from "@postern/process";
import type { SQL } from "drizzle-orm";
import type { Tables } from "./tables.ts";

export type Store = BoundStore<Tables>;

/** A hot statement over this service's tables. See `boundStatement`. */
export const statement = <Row>(build: (tables: Tables) => SQL) =>
  boundStatement<Tables, Row>(build);
