import { is } from "drizzle-orm";
import { getTableConfig, PgTable } from "drizzle-orm/pg-core";
import { expect, test } from "vitest";
import { bindDefaultTables } from "../bind-default-tables.ts";
import { sealedColumnsOf } from "./sealed-columns.ts";
import { defaultTarget } from "./testing/mount.ts";
import { declaredParts } from "./users-parts.ts";

test("every column that a CHECK wants sealed is guarded, under the name of that CHECK", () => {
  const tables = Object.values(bindDefaultTables("postern")).filter((value) => is(value, PgTable));
  const rules = (tables as PgTable[])
    .flatMap((table) => getTableConfig(table).checks.map(({ name }) => name))
    .filter((name) => name.endsWith("_is_sealed"));
  const guarded = sealedColumnsOf(defaultTarget, declaredParts(defaultTarget));
  expect(guarded.map(({ rule }) => rule).sort()).toEqual(rules.sort());
  expect(rules.length).toBeGreaterThan(5);
});
