import type { ColumnDefinition } from "./definitions.ts";

/** A table as it is declared, in SQL that names neither its schema nor itself. */
export type DeclaredTable = {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly DeclaredColumn[];
  readonly rules: readonly DeclaredRule[];
};

/** The type and the default are as written, not yet in PostgreSQL's own words. */
export type DeclaredColumn = ColumnDefinition & { readonly name: string };

/** A constraint or an index. */
export type DeclaredRule = {
  readonly kind: "primary_key" | "check" | "foreign_key" | "index";
  readonly name: string;
  /** What follows `ADD CONSTRAINT name`, or `CREATE INDEX name ON table`. */
  readonly body: string;
  readonly isUnique: boolean;
  /** Of a foreign key, the text of its Definition: temporary tables have none to permanent ones. */
  readonly text: string;
};
