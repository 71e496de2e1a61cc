import type { Sql } from "postgres";
import type { Target } from "../target.ts";
import { readMigrations } from "./migration.ts";
import { type Records, readRecords } from "./records.ts";
import { isUsersTableMigrated } from "./standing.ts";

/**
 * What ran for a schema and holds still. 027 does not where a column that it removes is there: the
 * app named its plain text only after 027 had found nothing to remove.
 */
export async function findRecords(sql: Sql, target: Target): Promise<Records> {
  const records = new Map(await readRecords(sql, target.schema));
  for (const migration of readMigrations()) {
    if (migration.removes.length === 0 || !records.has(migration.version)) continue;
    if (!(await isUsersTableMigrated(sql, target, migration))) records.delete(migration.version);
  }
  return records;
}
