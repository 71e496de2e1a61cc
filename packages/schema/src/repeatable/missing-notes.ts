import type { Target } from "../target.ts";
import { type UsersColumn, usersColumns } from "../users-columns.ts";
import { appendOnlyTables } from "./units.ts";
import { expressionOf, type UsersParts } from "./users-parts.ts";

/** Columns that no users table needs: plain text that is to go, and what only some keep. */
const OPTIONAL: readonly UsersColumn[] = ["phoneNumber", "twoFactorSecret", "role", "userType"];

/** What a subset of the tables or of the users' columns leaves out, a sentence each. */
export function missingNotes(target: Target, parts: UsersParts | undefined): string[] {
  const { tables, users } = target;
  const name = `${users.schema}.${users.table}`;
  if (!parts) return [`There is no table ${name} yet: its triggers and the views are left out.`];
  const missing = usersColumns.filter(
    (part) => !OPTIONAL.includes(part) && expressionOf(parts, part, "") === nothingOf(part),
  );
  const lacks = missing.map((part) => users.columns[part]).join(", ");
  const notes = [];
  if (lacks) notes.push(`${name} has no ${lacks}: triggers and views go without.`);
  if (!tables.includes("two_factor_auth")) {
    notes.push("Without two_factor_auth the views show no second factor.");
  }
  if (!appendOnlyTables.some((log) => tables.includes(log))) {
    notes.push("Without any of its logs the view user_activity_log is left out.");
  }
  return notes;
}

const nothingOf = (part: UsersColumn) => expressionOf(new Map(), part, "");
