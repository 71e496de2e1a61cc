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
    ({ number, table }) =>
      (last === undefined || number <= last) && (!table || target.tables.includes(table)),
  );
}

function checkNumber(migrations: readonly Migration[], number: string): string {
  const numbers = [...new Set(migrations.map((migration) => migration.number))];
  if (numbers.includes(number)) return number;
  throw new PushError(
    `There is no migration ${number}. There are ${numbers[0]} to ${numbers.at(-1)}; see --status.`,
  );
}
