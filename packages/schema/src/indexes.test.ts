import { expect, test } from "vitest";
import { openDatabase } from "./testing/open-database.ts";

// Erasing an account looks up its rows in every table, and a whole scan of a log would lock it out.
test("every foreign key of ours has a whole index that starts with its column", async () => {
  await using database = await openDatabase("template");
  const keys = await database.sql<{ name: string; isIndexed: boolean }[]>`
    select conname as name, exists (
      select from pg_index where indrelid = conrelid and indpred is null and indisvalid
        and (string_to_array(indkey::text, ' ')::int[])[1:cardinality(conkey)] = conkey::int[]
    ) as "isIndexed"
    from pg_constraint where contype = 'f' and connamespace = 'postern'::regnamespace`;
  expect(keys.length).toBeGreaterThanOrEqual(12);
  expect(keys.filter((key) => !key.isIndexed)).toEqual([]);
});

// Drizzle's desc() puts nulls last, and PostgreSQL's ORDER BY … DESC puts them first: such an index
// sorts every row of a log for the newest twenty.
test("an index on a time serves its newest rows first, as anybody asks for them", async () => {
  await using database = await openDatabase("template");
  const odd = await database.sql`
    select indexrelid::regclass::text as name from pg_index join pg_class on pg_class.oid = indrelid
    where relnamespace = 'postern'::regnamespace and exists (
      select from unnest(string_to_array(indoption::text, ' ')::int[]) as option
      where option not in (0, 3))`;
  expect(odd).toEqual([]);
});
