import type { Sql } from "postgres";

/** Which of the texts stands anywhere in Postern's tables, as `table: text`. */
export async function findInClear(sql: Sql, texts: readonly string[]): Promise<string[]> {
  const tables = await sql<{ name: string }[]>`
    select tablename as name from pg_tables where schemaname = 'security' order by 1`;
  const found = await Promise.all(
    tables.map(async ({ name }) => {
      const rows = await sql<{ text: string }[]>`
        select t::text as text from ${sql("security")}.${sql(name)} t`;
      const all = rows.map(({ text }) => text.toLowerCase()).join("\n");
      return texts
        .filter((text) => all.includes(text.toLowerCase()))
        .map((text) => `${name}: ${text}`);
    }),
  );
  return found.flat();
}
