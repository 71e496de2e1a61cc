import { customType, pgSchema, text } from "drizzle-orm/pg-core";
import { expect, test } from "vitest";
import { bindDefaultTables } from "../bind-default-tables.ts";
import { createSecuritySchema } from "../create.ts";
import { readCatalogue } from "../migrate/testing/read-catalogue.ts";
import { openDatabase, type TestDatabase } from "../testing/open-database.ts";
import type { UsersTable } from "../users-table.ts";
import { pushSecuritySchema } from "./index.ts";
import { renderSchema } from "./render-schema.ts";
import { sqlText } from "./report.ts";

const kind = customType<{ data: string }>({ dataType: () => "member_kind" });
const members = pgSchema("people").table("members", {
  id: kind("id").primaryKey(),
  email: text("email"),
}) as unknown as UsersTable;

const bindings = [
  { name: "the default binding", exports: bindDefaultTables("postern"), before: "" },
  {
    name: "an app's own users, under odd names",
    exports: createSecuritySchema({ users: members, schema: `My 'odd" schema` }),
    before: `create schema people; create type people.member_kind as enum ('a');
      create table people.members (id people.member_kind primary key, email text)`,
  },
];

const roles = { prefix: "postern_" };

/** As psql does: on one connection, under settings that are none of ours. */
async function runScript({ sql, name }: TestDatabase, script: string): Promise<void> {
  await sql.unsafe(`create schema shadow; create domain shadow.uuid as text;
    alter database ${name} set search_path = shadow, pg_catalog;
    alter database ${name} set standard_conforming_strings = off`);
  const connection = await sql.reserve();
  await connection.unsafe("set search_path = shadow, pg_catalog");
  await connection.unsafe("set standard_conforming_strings = off");
  await connection.unsafe(script);
  await connection.unsafe("reset all");
  connection.release();
  await sql.unsafe("drop schema shadow cascade");
}

test.for(bindings)(
  "what --sql and sql print make what a push makes: $name",
  async ({ exports, before }) => {
    await using pushed = await openDatabase();
    await using planned = await openDatabase();
    await using rendered = await openDatabase();
    for (const { sql } of [pushed, planned, rendered]) await sql.unsafe(before);
    const wish = ({ url }: TestDatabase) => ({ databaseUrl: url, exports, roles });
    await pushSecuritySchema(wish(pushed));
    const plan = await pushSecuritySchema({ ...wish(planned), isCheck: true });
    await runScript(planned, sqlText(plan));
    await runScript(rendered, renderSchema(exports, roles).sql);

    const wanted = await readCatalogue(pushed.sql);
    expect(wanted.length).toBeGreaterThan(400);
    for (const database of [planned, rendered]) {
      expect(await readCatalogue(database.sql)).toEqual(wanted);
      expect(await pushSecuritySchema(wish(database))).toMatchObject({ outcome: "nothing to do" });
    }
  },
);
