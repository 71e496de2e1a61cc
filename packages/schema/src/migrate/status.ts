import type { Target } from "../target.ts";
import type { Migration } from "./migration.ts";
import type { Records } from "./records.ts";
import { isEdited } from "./refuse-edited.ts";
import { isDeclared } from "./wanted.ts";

export type MigrationStatus = {
  readonly version: string;
  /** `edited`: the file is not the one that ran. `not declared`: its table is not exported. */
  readonly state:
    | "ran"
    | "adopted"
    | "pending"
    | "waits for --contract"
    | "edited"
    | "not declared";
  readonly executedAt: Date | null;
  readonly milliseconds: number | null;
};

/** Where each migration stands, in their order. */
export function findStatus(
  target: Target,
  migrations: readonly Migration[],
  records: Records,
): MigrationStatus[] {
  return migrations.map((migration) => {
    const record = records.get(migration.version);
    return {
      version: migration.version,
      state: isEdited(migration, records)
        ? "edited"
        : (record?.how ?? stateOfMissing(migration, target)),
      executedAt: record?.executedAt ?? null,
      milliseconds: record?.milliseconds ?? null,
    };
  });
}

function stateOfMissing(migration: Migration, target: Target): MigrationStatus["state"] {
  if (!isDeclared(migration, target)) return "not declared";
  return migration.isContract ? "waits for --contract" : "pending";
}
