import type { KeyObject } from "node:crypto";
import type { DeriveKey } from "./derive-key.ts";
import { encodeHeader } from "./envelope.ts";
import { lengthPrefixed } from "./length-prefixed.ts";

/**
 * Where a value lives. It is authenticated, not stored: a value copied to another row, column or
 * table does not open. The row id must be known before the row is inserted.
 */
export type SealedPlace<Table extends string = string, Column extends string = string> = Readonly<{
  table: Table;
  column: Column;
  rowId: string;
}>;

/** The key of one column under one root key, and what is the same for all of its values. */
export type ColumnKey = {
  readonly table: string;
  readonly column: string;
  readonly key: KeyObject;
  readonly header: Buffer;
  /** The header, and the table and the column by their lengths: the row id follows. */
  readonly associated: Buffer;
  /** Values sealed in this process. */
  count: number;
};

/** The column keys under one root key, made at their first use. */
export type ColumnKeys = Readonly<{
  of(place: SealedPlace): ColumnKey | undefined;
  inUse(): Iterable<ColumnKey>;
}>;

/**
 * Column keys are never forgotten, because their counts must not be: one for each column that a
 * program names, so there are few. There is none, undefined, where `isPart` finds a part amiss.
 */
export function createColumnKeys(keyId: number, derive: DeriveKey): ColumnKeys {
  const header = encodeHeader(keyId);
  const known = new Map<string, ColumnKey>();

  function make({ table, column }: SealedPlace): ColumnKey {
    return {
      table,
      column,
      key: derive(`postern/field/v1/${table}.${column}`),
      header,
      associated: lengthPrefixed([table, column], header),
      count: 0,
    };
  }

  return {
    of(place) {
      const { table, column, rowId } = place;
      if (!isPart(table) || !isPart(column) || !isPart(rowId)) return undefined;
      // No part holds a NUL, so no two places have one name.
      const name = `${table}\0${column}`;
      const found = known.get(name);
      if (found) return found;
      const made = make(place);
      known.set(name, made);
      return made;
    },
    inUse: () => known.values(),
  };
}

// UTF-8 writes every lone surrogate as U+FFFD, so two places with different ones would be one. No
// name or text in PostgreSQL holds a NUL.
function isPart(part: unknown): boolean {
  return typeof part === "string" && part !== "" && part.isWellFormed() && !part.includes("\0");
}
