import type { Sql, TransactionSql } from "postgres";
import { quoted } from "../database/quoted.ts";
import type { Target } from "../target.ts";
import type { Migration } from "./migration.ts";
import { columnName } from "./render.ts";

/**
 * Something of the users table, in SQL names. `validated` is a constraint that holds for all rows.
 */
export type Piece = {
  readonly kind: "column" | "constraint" | "validated" | "index";
  readonly name: string;
};

/** What a migration makes of the users table. */
function piecesOf(migration: Migration, { users }: Target): Piece[] {
  const column = (name: string): Piece => ({ kind: "column", name: columnName(name, users) });
  const rule = (kind: Piece["kind"]) => (name: string) => ({
    kind,
    name: `${users.table}_${name}`,
  });
  return [
    ...migration.columns.map(column),
    ...migration.constraints.map(rule("constraint")),
    ...migration.validates.map(rule("validated")),
    ...(migration.index ? [rule("index")(migration.index)] : []),
  ];
}

/** The columns of the users table that a migration drops. */
const removedBy = ({ removes }: Migration, { users }: Target): Piece[] =>
  removes.map((name) => ({ kind: "column", name: columnName(name, users) }));

// The cast to name cuts a long name as PostgreSQL itself did when it made the object.
const STANDING = `
  select kind, wanted.name from json_to_recordset($2::text::json) as wanted(kind text, name text)
  where case kind
    when 'column' then exists (select from pg_attribute
      where attrelid = $1::regclass and attname = wanted.name::name and not attisdropped)
    when 'index' then exists (select from pg_index join pg_class on oid = indexrelid
      where indrelid = $1::regclass and relname = wanted.name::name and indisvalid)
    else exists (select from pg_constraint where conrelid = $1::regclass
      and conname = wanted.name::name and (convalidated or kind = 'constraint'))
  end`;

/**
 * Those of the pieces that stand, in the order asked for. None where there is no such table yet.
 */
async function findStanding(
  sql: Sql | TransactionSql,
  { users }: Target,
  pieces: readonly Piece[],
): Promise<Piece[]> {
  const table = quoted(users.schema, users.table);
  const [found] = await sql`select to_regclass(${table}) is not null as exists`;
  if (!found?.exists || pieces.length === 0) return [];
  const rows = await sql.unsafe<Piece[]>(STANDING, [table, JSON.stringify(pieces)]);
  return rows.map((row) => ({ ...row }));
}

/** What a migration makes of the users table and is not there yet. */
export async function findMissing(
  sql: Sql | TransactionSql,
  target: Target,
  migration: Migration,
): Promise<Piece[]> {
  const pieces = piecesOf(migration, target);
  const standing = await findStanding(sql, target, pieces);
  const isStanding = (piece: Piece) =>
    standing.some(({ kind, name }) => kind === piece.kind && name === piece.name);
  return pieces.filter((piece) => !isStanding(piece));
}

/** Whether the users table is what a migration leads to. */
export async function isUsersTableMigrated(
  sql: Sql | TransactionSql,
  target: Target,
  migration: Migration,
): Promise<boolean> {
  const removed = await findStanding(sql, target, removedBy(migration, target));
  return removed.length === 0 && (await findMissing(sql, target, migration)).length === 0;
}

/** Whether an index of the users table was begun and not finished. */
export async function isInvalidIndex(sql: Sql, { users }: Target, index: string): Promise<boolean> {
  const rows = await sql`
    select from pg_index join pg_class on oid = indexrelid
    where indrelid = to_regclass(${quoted(users.schema, users.table)})
      and relname = ${index}::name and not indisvalid`;
  return rows.length > 0;
}
