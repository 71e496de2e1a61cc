import { findInstalledPostgres, startPostgres } from "@postern/devkit";
import postgres from "postgres";
import { afterAll, expect, test } from "vitest";
import { bindDefaultTables } from "../bind-default-tables.ts";
import { pushSecuritySchema } from "../push/push-security-schema.ts";
import { matrixPrivileges, readPrivileges } from "./testing/read-privileges.ts";

const exports = bindDefaultTables("postern");

/** A database that a role owns which is no superuser, on a server where nobody has pushed yet. */
async function openOwned(serverUrl: string, attributes: string) {
  const name = `owned_${Math.random().toString(36).slice(2)}`;
  const admin = postgres(serverUrl, { max: 1, onnotice: () => undefined });
  await admin.unsafe(`create role ${name} login password 'for-a-test' ${attributes}`);
  await admin.unsafe(`create database ${name} owner ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const sql = postgres(url.href, { max: 1, onnotice: () => undefined });
  url.username = name;
  url.password = "for-a-test";
  return {
    url: url.href,
    sql,
    name,
    [Symbol.asyncDispose]: async () => void (await Promise.all([sql.end(), admin.end()])),
  };
}

for (const major of [15, 18]) {
  const isInstalled = major === 18 || findInstalledPostgres(major) !== undefined;
  const server = isInstalled ? await startPostgres(major === 18 ? {} : { major }) : undefined;
  afterAll(() => server?.stop());

  test.skipIf(!server)(`on PostgreSQL ${major} CREATEROLE is enough for the matrix`, async () => {
    await using owned = await openOwned(server?.url ?? "", "createrole");
    const prefix = `${owned.name}_`;
    const push = () => pushSecuritySchema({ databaseUrl: owned.url, exports, roles: { prefix } });
    expect(await push()).toMatchObject({ outcome: "applied" });
    expect(await push()).toMatchObject({ outcome: "nothing to do" });
    expect(await readPrivileges(owned.sql, prefix)).toEqual(matrixPrivileges);

    await owned.sql.unsafe(`grant ${prefix}admin to ${prefix}app`);
    const { outcome, notes } = await push();
    expect(outcome).toBe("nothing to do");
    expect(notes.join()).toContain(`run: revoke "${prefix}admin" from "${prefix}app"`);

    const asAdministrator = new URL(server?.url ?? "");
    asAdministrator.pathname = `/${owned.name}`;
    const databaseUrl = asAdministrator.href;
    await pushSecuritySchema({ databaseUrl, exports, roles: { prefix } });
    expect(await readPrivileges(owned.sql, prefix)).toEqual(matrixPrivileges);
  });

  test.skipIf(!server)(
    `on PostgreSQL ${major} without it the rest is made, and said so`,
    async () => {
      await using owned = await openOwned(server?.url ?? "", "");
      const { name, url, sql } = owned;
      const push = (roles: { prefix: string } | null) =>
        pushSecuritySchema({ databaseUrl: url, exports, roles });
      const first = await push({ prefix: `${name}_` });
      expect(first.outcome).toBe("applied");
      expect(first.notes.join()).toContain(
        `${name} may not create roles, so nothing is granted to`,
      );

      // An administrator makes two of the five: those get what is theirs.
      await sql.unsafe(`create role ${name}_app nologin; create role ${name}_admin nologin`);
      expect((await push({ prefix: `${name}_` })).outcome).toBe("applied");
      const [may] =
        await sql`select has_table_privilege(${`${name}_app`}, 'postern.users', 'UPDATE') as app,
      has_table_privilege(${`${name}_admin`}, 'postern.users_admin', 'SELECT') as admin`;
      expect(may).toEqual({ app: true, admin: true });
      const without = await push(null);
      expect(without).toMatchObject({ outcome: "nothing to do", notes: [] });
    },
  );
}
