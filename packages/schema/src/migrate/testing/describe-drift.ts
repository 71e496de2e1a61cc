import { expect, test } from "vitest";
import { pushSecuritySchema } from "../../push/push-security-schema.ts";
import { openDatabase } from "../../testing/open-database.ts";
import { migrateSecuritySchema } from "../migrate-security-schema.ts";
import { bindings } from "./bindings.ts";
import { readCatalogue } from "./read-catalogue.ts";

/** Whether the two ways to the tables lead to the same, on the server of the tests or another. */
export function describeDrift(serverUrl?: string): void {
  test.for(bindings)(
    "$name: a migrated and a pushed database hold the same objects, and neither has more to do",
    async ({ exports, before, whole }) => {
      await using pushed = await openDatabase("empty", serverUrl);
      await using migrated = await openDatabase("empty", serverUrl);
      await pushed.sql.unsafe(whole);
      await pushSecuritySchema({ databaseUrl: pushed.url, exports });
      await migrated.sql.unsafe(before);
      await migrateSecuritySchema({ databaseUrl: migrated.url, exports });
      const catalogue = await readCatalogue(pushed.sql);
      expect(await readCatalogue(migrated.sql)).toEqual(catalogue);

      const records = await migrated.sql`select from postern_internal.pushed_objects`;
      const again = await pushSecuritySchema({ databaseUrl: migrated.url, exports });
      expect(again).toMatchObject({ outcome: "nothing to do", steps: [] });
      const kept = await migrated.sql`select from postern_internal.pushed_objects`;
      expect(kept).toHaveLength(records.length);

      const { done } = await migrateSecuritySchema({ databaseUrl: pushed.url, exports });
      expect(new Set(done.map(({ how }) => how))).toEqual(new Set(["adopted"]));
      expect(await readCatalogue(pushed.sql)).toEqual(catalogue);
    },
  );

  test.for(bindings.slice(1))(
    "$name: the way back leads to the users table as it was, and forth again to the same",
    async ({ exports, before }) => {
      await using database = await openDatabase("empty", serverUrl);
      await database.sql.unsafe(before);
      const migrate = (wish: object) =>
        migrateSecuritySchema({ databaseUrl: database.url, exports, roles: null, ...wish });
      await migrate({ to: "019" });
      const tables = await readCatalogue(database.sql);
      await migrate({});
      const whole = await readCatalogue(database.sql);
      await migrate({ backTo: "019" });
      expect(await readCatalogue(database.sql)).toEqual(tables);
      await migrate({});
      expect(await readCatalogue(database.sql)).toEqual(whole);
    },
  );
}
