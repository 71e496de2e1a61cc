import { PushError } from "../database/push-error.ts";
import type { Migration } from "./migration.ts";
import type { Records } from "./records.ts";

/** Throws PushError where a file is not what it was when it ran. */
export function refuseEdited(migrations: readonly Migration[], records: Records): void {
  const edited = migrations.filter((migration) => isEdited(migration, records));
  if (edited.length === 0) return;
  throw new PushError(
    `${edited.map(({ version }) => version).join(", ")} was edited after it ran. Nothing was done. Put the file back as it was (reinstall the package); what is new goes into a new one.`,
  );
}

export function isEdited({ version, checksum }: Migration, records: Records): boolean {
  const past = records.get(version);
  return past !== undefined && past.checksum !== checksum;
}
