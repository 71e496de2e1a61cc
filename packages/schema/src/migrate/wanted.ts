import type { Migration } from "./migration.ts";
import { checkNumber } from "./prepare.ts";
import type { Run } from "./run.ts";

/** The migrations of what is declared, up to a number. */
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
