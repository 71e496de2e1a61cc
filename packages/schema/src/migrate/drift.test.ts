import { expect, test } from "vitest";
import { bindDefaultTables } from "../bind-default-tables.ts";
import { pushSecuritySchema } from "../push/push-security-schema.ts";
import { openDatabase } from "../testing/open-database.ts";
import { migrateSecuritySchema } from "./migrate-security-schema.ts";
import { describeDrift } from "./testing/describe-drift.ts";
import { readCatalogue } from "./testing/read-catalogue.ts";

describeDrift();

test("a table that stands and is not as declared is refused by its name, and nothing is touched", async () => {
  await using database = await openDatabase();
  const exports = bindDefaultTables("postern");
  await pushSecuritySchema({ databaseUrl: database.url, exports });
  await database.sql`alter table postern.login_attempts drop constraint login_attempts_result_is_known`;
  const catalogue = await readCatalogue(database.sql);
  await expect(migrateSecuritySchema({ databaseUrl: database.url, exports })).rejects.toThrow(
    "postern.login_attempts stands already and is not as declared: check login_attempts_result_is_known.",
  );
  expect(await readCatalogue(database.sql)).toEqual(catalogue);
});
