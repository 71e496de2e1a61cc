import { PushError } from "../database/push-error.ts";
import type { Migration } from "./migration.ts";
import type { Run } from "./run.ts";

/** The migrations of what is declared, up to a number. Throws PushError where none has it. */
export function wanted(
  { migrations, target }: Pick<Run, "migrations" | "target">,
  { to }: { to?: string | undefined },
): readonly Migration[] {
  const last = to === undefined ? undefined : checkNumber(migrations, to);
  return migrations.filter(
    (migration) =>
      (last === undefined || migration.number <= last) && isDeclared(migration, target),
  );
}

/** Whether what a migration makes or changes is declared, or part of the users table. */
export const isDeclared = (
  { table, alters }: Pick<Migration, "table" | "alters">,
  { tables }: Run["target"],
): boolean => {
  const named = table ? [table] : alters;
  return named.length === 0 || named.some((name) => tables.includes(name));
};

function checkNumber(migrations: readonly Migration[], number: string): string {
  const numbers = [...new Set(migrations.map((migration) => migration.number))];
  if (numbers.includes(number)) return number;
  throw new PushError(
    `There is no migration ${number}. There are ${numbers[0]} to ${numbers.at(-1)}; see --status.`,
  );
}
