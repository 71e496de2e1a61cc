import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreePort } from "@postern/devkit";
import { expect, test } from "vitest";
import { bindDefaultTables } from "../bind-default-tables.ts";
import { refuseOldServer } from "../database/connect.ts";
import { openDatabase, type TestDatabase } from "../testing/open-database.ts";
import { push, startPush } from "../testing/push-command.ts";
import { pushSecuritySchema } from "./index.ts";

const tables = bindDefaultTables("postern");
const failure = (databaseUrl: string) =>
  pushSecuritySchema({ databaseUrl, exports: tables }).then(
    () => "no failure",
    (error) => `${error.name}: ${error.message}`,
  );

function changed(url: string, change: (url: URL) => void): string {
  const copy = new URL(url);
  change(copy);
  return copy.href;
}

/** A role that may connect, and nothing more; removed with the database. */
async function addRole({ sql, name, url }: TestDatabase) {
  const role = `role_${name}`;
  await sql.unsafe(`create role ${role} login password 'a-password'`);
  return {
    name: role,
    url: changed(url, (copy) => {
      copy.username = role;
      copy.password = "a-password";
    }),
    [Symbol.asyncDispose]: async () => {
      await sql.unsafe(`drop owned by ${role} cascade; drop role ${role}`);
    },
  };
}

test("the command says a failure in one line on stderr and exits 1", async () => {
  await using database = await openDatabase();
  const url = changed(database.url, (copy) => {
    copy.password = "not-the-password";
  });
  const { code, stdout, stderr } = await push(url);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toBe(
    "db:push: Wrong password for the role postgres. Check the user and the password in DATABASE_URL.\n",
  );
});

test("a host that does not resolve", async () => {
  expect(await failure("postgres://a:secret@no-such-host.invalid/a")).toMatch(
    /^PushError: The host no-such-host.invalid does not resolve/,
  );
});

test("a database that is down", async () => {
  const port = await findFreePort();
  expect(await failure(`postgres://a:secret@127.0.0.1:${port}/a`)).toBe(
    `PushError: No database listens on 127.0.0.1:${port}. Start PostgreSQL, or check DATABASE_URL.`,
  );
  const inRepository = await push(`postgres://a:secret@127.0.0.1:${port}/a`);
  expect(inRepository.stderr).toContain("Start PostgreSQL, or `pnpm dev`, or check DATABASE_URL.");
});

test("a server that takes the connection and says nothing", async () => {
  const server = createServer();
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", listening.resolve);
  await listening.promise;
  const { port } = server.address() as { port: number };
  expect(await failure(`postgres://a:secret@127.0.0.1:${port}/a`)).toContain("does not answer");
  server.close();
});

test("a database that does not exist", async () => {
  await using database = await openDatabase();
  const url = changed(database.url, (copy) => {
    copy.pathname = "/no_such_database";
  });
  expect(await failure(url)).toContain("The database no_such_database does not exist. Create it");
});

test("a role that may not create schemas, and one that does not own the tables", async () => {
  await using database = await openDatabase();
  await using role = await addRole(database);
  expect(await failure(role.url)).toContain(
    `run as its owner: GRANT CREATE ON DATABASE "${database.name}" TO "${role.name}"`,
  );
  await pushSecuritySchema({ databaseUrl: database.url, exports: tables });
  await database.sql`drop index postern.users_locked`;
  expect(await failure(role.url)).toContain("connect as the role that pushed before");
});

test("the privilege that the line names is enough", async () => {
  await using database = await openDatabase();
  await using role = await addRole(database);
  await database.sql.unsafe(`grant create on database ${database.name} to ${role.name}`);
  expect(await pushSecuritySchema({ databaseUrl: role.url, exports: tables })).toMatchObject({
    outcome: "applied",
  });
});

test("a role that owns both schemas needs no CREATE on the database", async () => {
  await using database = await openDatabase();
  await using role = await addRole(database);
  await database.sql.unsafe(`
    create schema postern authorization ${role.name};
    create schema postern_internal authorization ${role.name}`);
  const wish = { databaseUrl: role.url, exports: tables };
  expect(await pushSecuritySchema(wish)).toMatchObject({ outcome: "applied" });
  await database.sql.unsafe(`
    drop index postern.users_locked;
    revoke create on schema postern_internal from ${role.name}`);
  expect(await pushSecuritySchema(wish)).toMatchObject({ outcome: "applied" });
});

test("a server older than PostgreSQL 15", () => {
  expect(() => refuseOldServer(140_012)).toThrow("The server is PostgreSQL 14. Postern needs 15");
  expect(() => refuseOldServer(150_000)).not.toThrow();
});

test("a parameter that PostgreSQL does not know", async () => {
  await using database = await openDatabase();
  expect(await failure(`${database.url}?schema=public`)).toMatch(/^PushError: .*42704.*schema/);
});

test("DATABASE_URL that is missing, malformed, or found in .env", async () => {
  const folder = mkdtempSync(join(tmpdir(), "postern-push-"));
  const missing = await startPush([], { folder }).finished;
  expect(missing.stderr).toMatch(/^db:push: DATABASE_URL is not set\. .*\n$/);

  writeFileSync(join(folder, ".env"), "DATABASE_URL=mysql://root:secret@localhost/a\n");
  const malformed = await startPush([], { folder }).finished;
  expect(malformed.stderr).toMatch(/^db:push: DATABASE_URL is malformed\. .*\n$/);
  expect(malformed.stderr).not.toContain("secret");
  expect([missing.code, malformed.code]).toEqual([1, 1]);
});

test("an option that does not exist, and the help", async () => {
  const unknown = await push("postgres://a/b", "--chek");
  expect(unknown).toMatchObject({
    code: 1,
    stderr: "db:push: Unknown option '--chek'. See pnpm db:push --help.\n",
  });
  const help = await push("postgres://a/b", "--help");
  expect(help).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Usage: pnpm db:push/) });
});
