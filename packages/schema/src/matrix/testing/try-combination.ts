import { is } from "drizzle-orm";
import { PgTable } from "drizzle-orm/pg-core";
import { drizzle } from "drizzle-orm/postgres-js";
import { expect } from "vitest";
import { pushSecuritySchema } from "../../push/index.ts";
import { openDatabase } from "../../testing/open-database.ts";
import type { Combination } from "./combinations.ts";
import { rowsOf } from "./rows.ts";

/** Mounts on an app's users, pushes twice, and reads back what it wrote to each table. */
export async function tryCombination(
  { id, place, subset }: Combination,
  serverUrl?: string,
): Promise<void> {
  await using database = await openDatabase("empty", serverUrl);
  await database.sql.unsafe(`create table users (id ${id.sql} primary key)`);
  const exports = subset.pick(place.bind(id.users));
  // Roles belong to the whole server: grants.test.ts has them.
  const wish = { databaseUrl: database.url, exports, roles: null };
  expect(await pushSecuritySchema(wish)).toMatchObject({ outcome: "applied" });
  expect(await pushSecuritySchema(wish)).toMatchObject({ outcome: "nothing to do" });

  const db = drizzle({ client: database.sql });
  const rows = new Map<string, object>(Object.entries(rowsOf(id.value)));
  await db.insert(id.users).values({ id: id.value } as never);
  for (const [name, table] of Object.entries(exports)) {
    if (!is(table, PgTable)) continue;
    const row = rows.get(name);
    await db.insert(table).values(row as never);
    expect(await db.select().from(table), name).toMatchObject([row]);
  }
}
