import type { UsersColumns } from "./users-columns.ts";
import type { UsersTable } from "./users-table.ts";

/** Global, because an app and our command may each have loaded a copy of this package. */
const MARK = Symbol.for("@postern/schema:binding");

export type Mark = {
  /**
   * The users table that the marked table hangs from; the marked table itself where that is ours.
   */
  readonly users: UsersTable;
  readonly columns: UsersColumns;
};

/** Tells a push which of an app's tables are ours, and whose users they hang from. */
export function mark<T extends object>(table: T, binding: Mark): T {
  return Object.defineProperty(table, MARK, { value: binding });
}

/** Undefined for everything that this package did not make. */
export function markOf(value: unknown): Mark | undefined {
  return typeof value === "object" && value !== null
    ? (value as { [MARK]?: Mark })[MARK]
    : undefined;
}
