import type { Sql } from "postgres";
import { CliError } from "./cli-error.ts";
import { quoted } from "./quote.ts";

/** The users by our own names: the view over an app's own table, or Postern's. As SQL names it. */
export async function findUsers(sql: Sql, schema: string): Promise<string> {
  const names = ["postern_users", "users"].map((name) => `${quoted(schema)}.${quoted(name)}`);
  const found = await sql<{ name: string }[]>`
    select name from unnest(${names}::text[]) with ordinality as asked (name, rank)
    where to_regclass(name) is not null order by rank`;
  const [first] = found;
  if (!first) throw new CliError(`There are no users of Postern's in the schema ${schema}.`);
  return first.name;
}
