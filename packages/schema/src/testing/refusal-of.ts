import { DrizzleQueryError } from "drizzle-orm";
import type { PostgresError } from "postgres";

/** The name of the constraint or unique index that refused a statement; fails where none did. */
export async function refusalOf(statement: PromiseLike<unknown>): Promise<string> {
  try {
    await statement;
  } catch (error) {
    if (!(error instanceof DrizzleQueryError)) throw error;
    const { constraint_name: name, message } = error.cause as PostgresError;
    return name || message;
  }
  throw new Error("Nothing refused the statement.");
}
