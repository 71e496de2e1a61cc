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

export type Counts = {
  readonly total: number;
  readonly encrypted: number;
  readonly remaining: number;
};

export type Page = { readonly after: string | null; readonly limit: number };

type Runner = Sql | TransactionSql;

/** The SQL of one way to keep sealed values: beside the plain text, or in another table. */
export type Destination = {
  /** Locks rows that need sealing, in the order of their ids, and passes over those that others hold. */
  readonly takeStale: (tx: Runner, page: Page) => Promise<readonly StaleRow[]>;
  /** The id that a sealed value of this row is to be bound to. */
  readonly newRowId: (id: string) => string;
  readonly write: (tx: TransactionSql, rows: readonly SealedRow[]) => Promise<void>;
  /** Those of the indexes that a row has already, where no two may have one. */
  readonly findTaken: (
    tx: TransactionSql,
    indexes: readonly string[],
  ) => Promise<ReadonlySet<string>>;
  /** Every row that holds anything, in the order of ids. */
  readonly read: (sql: Runner, page: Page) => Promise<readonly FullRow[]>;
  /** Takes sealed values away again, so that they are made anew from plain text that is still the same. */
  readonly unseal: (tx: TransactionSql, rows: readonly FullRow[]) => Promise<void>;
  /** Rows whose value is kept sealed only, locked. */
  readonly takeSealedOnly: (tx: Runner, page: Page) => Promise<readonly FullRow[]>;
  /** Writes plain text beside a sealed value that is still the same. */
  readonly reopen: (
    tx: TransactionSql,
    rows: readonly { id: string; plain: string; sealed: string }[],
  ) => Promise<void>;
  /** Takes away sealed values whose plain text stands beside them; how many. Null: they stay. */
  readonly clear: ((tx: TransactionSql, limit: number) => Promise<number>) | null;
  readonly count: (sql: Runner) => Promise<Counts>;
  /** The functions that triggers call, by stage, and the triggers themselves. */
  readonly functions: (stage: "dual" | "enforce") => readonly string[];
  readonly triggers: readonly string[];
  /** Drops both. */
  readonly dropTriggers: readonly string[];
};
