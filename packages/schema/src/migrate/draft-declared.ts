import type { TransactionSql } from "postgres";
import { columnOf, type Definitions } from "../declared/definitions.ts";
import { describeTable } from "../declared/describe-table.ts";
import { draftDefinitions } from "../declared/draft-definitions.ts";
import type { Declaration, Target } from "../target.ts";

/** The declared tables in PostgreSQL's own words, and the target with its type of ids in them. */
export async function draftDeclared(
  tx: TransactionSql,
  { tables, target }: Declaration,
): Promise<{ declared: Definitions; target: Target }> {
  const { users } = target;
  const declared = await draftDefinitions(tx, tables.map(describeTable), users.schema);
  const userId = [...declared.values()].find(
    ({ kind, name }) => kind === "column" && name === "user_id",
  );
  const idType = userId ? columnOf(userId).type : users.idType;
  return { declared, target: { ...target, users: { ...users, idType } } };
}
