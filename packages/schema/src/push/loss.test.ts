import { boolean, integer, text, uniqueIndex, uuid, varchar } from "drizzle-orm/pg-core";
import type { Sql } from "postgres";
import { expect, test } from "vitest";
import { posternBinding } from "../postern-binding.ts";
import { openDatabase } from "../testing/open-database.ts";
import { type PushOptions, pushSecuritySchema } from "./index.ts";

const { table } = posternBinding;
const id = () => uuid("id").primaryKey().defaultRandom();

const notes = table("notes", {
  id: id(),
  title: varchar("title", { length: 20 }),
  size: text("size"),
});
const tags = table("tags", { id: id(), note: text("note") }, (t) => [
  uniqueIndex("tags_note_key").on(t.note),
]);

/** Two tables of ours, pushed, with a row in each. */
async function openWithRows() {
  const database = await openDatabase();
  await pushSecuritySchema({ databaseUrl: database.url, roles: null, exports: { notes, tags } });
  await database.sql`insert into postern.notes (title, size) values ('kept', '12')`;
  await database.sql`insert into postern.tags (note) values ('kept')`;
  return database;
}

async function readRows(sql: Sql) {
  const [kept] = await sql`select
    (select json_agg(n) from postern.notes n) as notes, (select json_agg(t) from postern.tags t) as tags,
    (select count(*) from pg_class where relnamespace = 'postern'::regnamespace) as objects`;
  return kept;
}

const losses: { name: string; exports: PushOptions["exports"]; words: string }[] = [
  {
    name: "a removed column",
    exports: { tags, notes: table("notes", { id: id(), title: varchar("title", { length: 20 }) }) },
    words: "drop column notes.size",
  },
  {
    name: "a new column that its rows have no value for",
    exports: {
      tags,
      notes: table("notes", { ...notesColumns(), done: boolean("done").notNull() }),
    },
    words: "empty table notes",
  },
  {
    name: "a column of another type",
    exports: {
      tags,
      notes: table("notes", {
        id: id(),
        title: varchar("title", { length: 3 }),
        size: text("size"),
      }),
    },
    words: "change notes.title from character varying(20) to character varying(3)",
  },
  {
    name: "a renamed column, which is a new one and a removed one,",
    exports: {
      tags,
      notes: table("notes", {
        id: id(),
        title: varchar("title", { length: 20 }),
        weight: text("weight"),
      }),
    },
    words: "drop column notes.size",
  },
];

function notesColumns() {
  return { id: id(), title: varchar("title", { length: 20 }), size: text("size") };
}

test.for(losses)("$name is refused, and nothing is done", async ({ exports, words }) => {
  await using database = await openWithRows();
  const before = await readRows(database.sql);
  const wish = { databaseUrl: database.url, roles: null, exports };
  const result = await pushSecuritySchema({ ...wish, confirm: () => Promise.reject("asked") });
  expect(result.outcome).toBe("refused");
  expect(result.steps.filter(({ effect }) => effect === "loses")).toMatchObject([
    { about: expect.stringContaining(words) },
  ]);
  expect(await readRows(database.sql)).toEqual(before);
});

test.for(losses.filter(({ name }) => name !== "a column of another type"))(
  "$name is done once the loss is accepted",
  async ({ exports }) => {
    await using database = await openWithRows();
    const wish = { databaseUrl: database.url, roles: null, exports, acceptDataLoss: true };
    expect(await pushSecuritySchema(wish)).toMatchObject({ outcome: "applied" });
    expect(await pushSecuritySchema(wish)).toMatchObject({ outcome: "nothing to do" });
  },
);

test("an accepted loss stops where it would reach into another's table", async () => {
  await using database = await openWithRows();
  await database.sql`create table orders (note uuid references postern.notes)`;
  await database.sql`insert into orders select id from postern.notes`;
  const emptied = table("notes", { ...notesColumns(), done: boolean("done").notNull() });
  const wish = { databaseUrl: database.url, roles: null, acceptDataLoss: true };
  await expect(pushSecuritySchema({ ...wish, exports: { tags, notes: emptied } })).rejects.toThrow(
    /0A000.*Nothing was done/,
  );
  expect(await database.sql`select from orders join postern.notes on id = note`).toHaveLength(1);
});

test("a longer column and a removed index lose nothing and are done at once", async () => {
  await using database = await openWithRows();
  const wish = {
    databaseUrl: database.url,
    roles: null,
    exports: {
      notes: table("notes", {
        id: id(),
        title: text("title"),
        size: text("size"),
        n: integer("n"),
      }),
      tags: table("tags", { id: id(), note: text("note") }),
    },
  };
  expect(await pushSecuritySchema(wish)).toMatchObject({ outcome: "applied" });
  expect(await pushSecuritySchema(wish)).toMatchObject({ outcome: "nothing to do" });
  const [row] = await database.sql`select title, to_regclass('postern.tags_note_key') as key
    from postern.notes`;
  expect(row).toEqual({ title: "kept", key: null });
});

test("whoever is asked and says no has nothing done", async () => {
  await using database = await openWithRows();
  const before = await readRows(database.sql);
  const memos = table("memos", notesColumns());
  const wish = { databaseUrl: database.url, roles: null, exports: { notes, tags, memos } };
  const declined = await pushSecuritySchema({ ...wish, confirm: async () => false });
  expect(declined.outcome).toBe("declined");
  expect(await readRows(database.sql)).toEqual(before);
  const accepted = await pushSecuritySchema({ ...wish, confirm: async () => true });
  expect(accepted.outcome).toBe("applied");
});

test("what changes between the question and the answer is not done unseen", async () => {
  await using database = await openWithRows();
  const memos = table("memos", notesColumns());
  const wish = { databaseUrl: database.url, roles: null, exports: { notes, tags, memos } };
  const confirm = async () => {
    await database.sql`drop table postern.tags`;
    return true;
  };
  await expect(pushSecuritySchema({ ...wish, confirm })).rejects.toThrow("changed meanwhile");
});

test.for([
  { name: "not exported any more", exports: { notes } },
  { name: "renamed", exports: { notes, marks: table("marks", { id: id() }) } },
])("a table that is $name is never dropped", async ({ exports }) => {
  await using database = await openWithRows();
  const before = await readRows(database.sql);
  const wish = { databaseUrl: database.url, roles: null, exports };
  for (const acceptDataLoss of [false, true]) {
    await expect(pushSecuritySchema({ ...wish, acceptDataLoss })).rejects.toThrow(
      /^postern\.tags came by an earlier push .* nothing was done\. .*run by hand: DROP TABLE "postern"\."tags";$/,
    );
  }
  expect(await readRows(database.sql)).toEqual(before);

  await database.sql.unsafe("DROP TABLE postern.tags");
  await pushSecuritySchema(wish);
  expect(await pushSecuritySchema(wish)).toMatchObject({ outcome: "nothing to do" });
});
