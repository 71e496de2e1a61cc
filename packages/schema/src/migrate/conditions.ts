import type { Sql, TransactionSql } from "postgres";
import { PushError } from "../database/push-error.ts";
import type { Migration } from "./migration.ts";
import { render } from "./render.ts";
import type { Run } from "./run.ts";

type Conditions = Pick<Migration, "version" | "requires">;

/** Everything that is in the way of a migration, in words. */
export async function findUnmet(
  sql: Sql | TransactionSql,
  { target }: Pick<Run, "target">,
  { requires }: Pick<Migration, "requires">,
): Promise<string[]> {
  const reasons: string[] = [];
  for (const query of requires) {
    const rows = await sql.unsafe(render(query, target));
    reasons.push(...rows.map((row) => String(Object.values(row)[0])));
  }
  return reasons;
}

/** Throws PushError where there is anything. */
export async function refuseUnmet(
  sql: Sql | TransactionSql,
  run: Pick<Run, "target">,
  conditions: Conditions,
): Promise<void> {
  const reasons = await findUnmet(sql, run, conditions);
  if (reasons.length > 0) {
    throw new PushError(
      `${conditions.version} was refused, nothing of it was done: ${reasons.join("; ")}.`,
    );
  }
}
