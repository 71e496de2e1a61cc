import type { Sealed } from "@postern/schema";
import type { Sql, TransactionSql } from "postgres";

/** A row that holds plain text and no sealed value yet. */
export type StaleRow = { readonly id: string; readonly plain: string };

/** A row with its value sealed. `rowId` is what the value is bound to. */
export type SealedRow = {
  readonly id: string;
  readonly rowId: string;
  readonly sealed: string;
  readonly index: string | null;
  readonly hint: string | null;
};

/** What a row holds of both. */
export type FullRow = {
  readonly id: string;
  readonly rowId: string | null;
  readonly plain: string | null;
  readonly sealed: Sealed | null;
  readonly index: string | null;
  readonly hint: string | null;
};

type ReopenedRow = { readonly id: string; readonly plain: string; readonly sealed: string };

export type Counts = {
  readonly total: number;
  readonly encrypted: number;
  readonly remaining: number;
};

/** Rows in the order of their ids. */
type Page = { readonly after: string | null; readonly limit: number };

type Runner = Sql | TransactionSql;

export type Sealing = {
  /** Locks rows that need sealing, and passes over those that others hold. */
  readonly takeStale: (tx: Runner, page: Page) => Promise<readonly StaleRow[]>;
  /** The id that a sealed value of this row is to be bound to. */
  readonly newRowId: (id: string) => string;
  readonly write: (tx: TransactionSql, rows: readonly SealedRow[]) => Promise<void>;
  /** Those of the indexes that a row has already, where no two may have one. */
  readonly findTaken: (
    tx: TransactionSql,
    indexes: readonly string[],
  ) => Promise<ReadonlySet<string>>;
};

export type Comparing = {
  readonly count: (sql: Runner) => Promise<Counts>;
  /** Every row that holds anything. */
  readonly read: (sql: Runner, page: Page) => Promise<readonly FullRow[]>;
  /** Takes sealed values away again, so that they are made anew from plain text that is still the same. */
  readonly unseal: (tx: TransactionSql, rows: readonly FullRow[]) => Promise<void>;
};

export type GoingBack = {
  /** Rows whose value is kept sealed only, locked. */
  readonly takeSealedOnly: (tx: Runner, page: Page) => Promise<readonly FullRow[]>;
  /** Writes plain text beside a sealed value that is still the same. */
  readonly reopen: (tx: TransactionSql, rows: readonly ReopenedRow[]) => Promise<void>;
  /** Takes away sealed values whose plain text stands beside them; how many. */
  readonly clear: (tx: TransactionSql, limit: number) => Promise<number>;
};

export type Watching = {
  /** The functions that triggers call, and the triggers themselves. */
  readonly functions: (plainText: "kept" | "refused") => readonly string[];
  readonly triggers: readonly string[];
};

/** The SQL of one way to keep sealed values: beside the plain text, or in another table. */
export type Destination = Sealing & Comparing & GoingBack & Watching;

/** Rows as the columns that unnest() takes. */
export const unnested = <Row>(rows: readonly Row[], ...names: readonly (keyof Row)[]): string[][] =>
  names.map((name) => rows.map((row) => row[name] as string));
