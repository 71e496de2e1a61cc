import { type CloneOptions, cloneDatabase } from "@postern/devkit";
import postgres, { type Sql } from "postgres";

export type TestDatabase = AsyncDisposable & { url: string; name: string; sql: Sql };

/** A database of one test's own with a connection to it. `empty` has no tables of ours. */
export async function openDatabase(
  from: CloneOptions["from"] = "empty",
  serverUrl?: string,
): Promise<TestDatabase> {
  const { url, name, ...database } = await cloneDatabase({ from, serverUrl });
  const sql = postgres(url, { max: 2, onnotice: () => undefined });
  return {
    url,
    name,
    sql,
    [Symbol.asyncDispose]: async () => {
      await sql.end({ timeout: 1 });
      await database[Symbol.asyncDispose]();
    },
  };
}
