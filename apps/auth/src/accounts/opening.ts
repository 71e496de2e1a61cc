import { randomUUIDv7 } from "node:crypto";
import { type SQL, sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { type Store, statement } from "../statement.ts";
import type { Tables } from "../tables.ts";

/** Where the id goes in an INSERT, a comma behind it; nothing where the table makes it. */
export type NewId = { readonly column: SQL; readonly value: SQL };

const OURS: NewId = { column: sql`id,`, value: sql`${sql.placeholder("id")}::uuid,` };
const BY_DEFAULT: NewId = { column: sql``, value: sql`` };

/**
 * A statement that opens an account. An id that is a UUID is ours, in order of time; another type's
 * is the users table's own default.
 */
export function opening<Row>(build: (tables: Tables, id: NewId) => SQL) {
  const withOurs = statement<Row>((t) => build(t, OURS));
  const byDefault = statement<Row>((t) => build(t, BY_DEFAULT));
  return (
    store: Store & Pick<Deps, "usersPlace">,
    values: Readonly<Record<string, unknown>>,
  ): Promise<Row[]> =>
    store.usersPlace.hasUuids
      ? withOurs(store, { ...values, id: randomUUIDv7() })
      : byDefault(store, values);
}

/** The name of an account of which none is known. */
export const noName = ({ usersPlace }: Pick<Deps, "usersPlace">): string | null =>
  usersPlace.needsName ? "" : null;
