import { boolean, integer, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { expect, test } from "vitest";
import { posternBinding } from "../postern-binding.ts";
import { openDatabase } from "../testing/open-database.ts";
import { type PushOptions, pushSecuritySchema } from "./index.ts";

const { table } = posternBinding;
const id = () => uuid("id").primaryKey();
const title = () => text("title");
const notes = table("notes", { id: id(), size: text("size"), title: title() }, (t) => [
  uniqueIndex("notes_title_key").on(t.title),
]);
const leaner = table("notes", { id: id(), title: title() });
const retyped = table("notes", { id: id(), size: integer("size"), title: title() });
const fuller = table("notes", {
  ...{ id: id(), size: text("size"), title: title() },
  done: boolean("done").notNull(),
});

/** A table of ours, pushed, on which an app then hangs something of its own. */
async function openWith(sql: string) {
  const database = await openDatabase();
  const wish = { databaseUrl: database.url, roles: null, acceptDataLoss: true };
  await pushSecuritySchema({ ...wish, exports: { notes } });
  await database.sql.unsafe(sql);
  const push = (table: PushOptions["exports"][string]) =>
    pushSecuritySchema({ ...wish, exports: { table } });
  return { ...database, push };
}

const dependents = [
  {
    name: "view public.sizes",
    sql: "create view sizes as select size from postern.notes",
    fix: "Drop it (DROP VIEW public.sizes;)",
  },
  {
    name: "materialized view public.sizes",
    sql: "create materialized view sizes as select size from postern.notes",
    fix: "Drop it (DROP MATERIALIZED VIEW public.sizes;)",
  },
  {
    name: "rule r on public.log",
    sql: `create table log (x text); create rule r as on insert to log
      where new.x in (select size from postern.notes) do nothing`,
    fix: "Drop it (DROP RULE r on public.log;)",
  },
  {
    name: "policy p on postern.notes",
    sql: "create policy p on postern.notes using (size = 'x')",
    fix: "Drop it (DROP POLICY p on postern.notes;)",
  },
  {
    name: "function public.f()",
    sql: "create function f() returns text begin atomic select size from postern.notes; end",
    fix: "Drop it (DROP FUNCTION public.f();)",
  },
  {
    name: "trigger t on postern.notes",
    sql: `create trigger t before update of size on postern.notes for each row
      execute function suppress_redundant_updates_trigger()`,
    fix: "Drop it (DROP TRIGGER t on postern.notes;)",
  },
  {
    name: "publication relation postern.notes in publication p",
    sql: "create publication p for table postern.notes (id, size) where (size <> '')",
    fix: "Take it away",
  },
  {
    name: "table column postern.notes.length",
    sql: "alter table postern.notes add length integer generated always as (length(size)) stored",
    fix: "Take it away",
  },
];

test.for(dependents)("a $name stops a column from going and from a new type", async (it) => {
  await using database = await openWith(it.sql);
  const refusal = (change: string) =>
    `There is the ${it.name}: it hangs on notes.size, which this push would ${change}. Nothing was done. ${it.fix}, push, and create it again.`;
  await expect(database.push(leaner)).rejects.toThrow(refusal("drop"));
  await expect(database.push(retyped)).rejects.toThrow(refusal("turn into integer"));
});

test.for([
  {
    name: "index postern.sizes",
    sql: "create index sizes on postern.notes (title, size)",
    fix: "DROP INDEX postern.sizes;",
  },
  {
    name: "table constraint sizes on postern.notes",
    sql: "alter table postern.notes add constraint sizes check (size <> title)",
    fix: "ALTER TABLE postern.notes DROP CONSTRAINT sizes;",
  },
  {
    name: "statistics object public.sizes",
    sql: "create statistics sizes on size, title from postern.notes",
    fix: "DROP STATISTICS public.sizes;",
  },
])("PostgreSQL would drop the $name with its column: it is refused", async ({ name, sql, fix }) => {
  await using database = await openWith(sql);
  await expect(database.push(leaner)).rejects.toThrow(
    `There is the ${name}: it hangs on notes.size, which this push would drop. Nothing was done. Drop it (${fix})`,
  );
  await database.sql.unsafe(fix);
  expect(await database.push(leaner)).toMatchObject({ outcome: "applied" });
});

test("a foreign key of somebody else's on a unique index that would go is named", async () => {
  await using database = await openWith(
    "create table orders (note text references postern.notes (title))",
  );
  await expect(database.push(leaner)).rejects.toThrow(
    /not ours hangs on .*constraint orders_note_fkey on table public\.orders .* Nothing was done/,
  );
});

test("a table of somebody else's that inherits from ours is neither altered nor emptied", async () => {
  await using database = await openWith(`
    create table app_notes (extra integer) inherits (postern.notes);
    insert into app_notes values (gen_random_uuid(), '1', 'kept', 1)`);
  for (const next of [leaner, retyped, fuller]) {
    await expect(database.push(next)).rejects.toThrow(
      'The table public.app_notes inherits from postern.notes, and would be changed with it. Nothing was done. Take it out (ALTER TABLE public.app_notes NO INHERIT "postern"."notes";), push, and put it back.',
    );
  }
  expect(await database.sql`select size, title from app_notes`).toEqual([
    { size: "1", title: "kept" },
  ]);
  expect(await database.push(notes)).toMatchObject({ outcome: "nothing to do" });
  await database.sql`alter table app_notes no inherit postern.notes`;
  expect(await database.push(leaner)).toMatchObject({ outcome: "applied" });
});
