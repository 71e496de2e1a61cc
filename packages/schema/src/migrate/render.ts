import { literal } from "../database/literal.ts";
import { quoted } from "../database/quoted.ts";
import type { Target } from "../target.ts";
import { type UsersColumn, usersColumns } from "../users-columns.ts";

/**
 * The SQL of a migration for a target. As in psql, `:name` is an identifier and `:'name'` the same
 * as a text: `:schema`, `:users` (the whole name of the users table), `:id` and `:id_type` of it,
 * each column of it by the name that ours has, and `:users_rule`, a name that begins with that of
 * the users table.
 *
 * Throws on any other.
 */
export function render(sql: string, target: Target): string {
  return sql.replaceAll(
    /:'(\w+)'|(?<![:\w]):(\w+)/g,
    (_, asText: string | undefined, asName: string) =>
      asText ? literal(nameOf(asText, target)) : identifierOf(asName, target),
  );
}

function identifierOf(word: string, target: Target): string {
  const { users } = target;
  if (word === "id_type") return users.idType;
  return word === "users" ? quoted(users.schema, users.table) : quoted(nameOf(word, target));
}

function nameOf(word: string, { schema, users }: Target): string {
  if (word === "schema") return schema;
  if (word === "users") return `${users.schema}.${users.table}`;
  if (word === "id") return users.id;
  if (word.startsWith("users_")) return `${users.table}_${word.slice("users_".length)}`;
  return columnName(word, users);
}

/** The target's own name of the column of the users table that we call so. */
export function columnName(ourName: string, { columns }: Target["users"]): string {
  return columns[partOf(ourName)];
}

/** Throws where ours has no such column. */
export function partOf(ourName: string): UsersColumn {
  const name = ourName.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const part = usersColumns.find((other) => other === name);
  if (!part) throw new Error(`No column of a users table is called ${ourName}.`);
  return part;
}
