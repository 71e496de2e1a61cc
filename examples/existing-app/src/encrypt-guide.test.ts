import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { runCommand } from "./story/run-command.ts";
import { openMounted } from "./testing/open-mounted.ts";

const repository = resolve(import.meta.dirname, "../../..");
const guide = readFileSync(resolve(repository, "docs/guides/encrypt-existing-data.md"), "utf8");

const lines = [...guide.matchAll(/^```sh\n(?<text>.*?)^```$/gms)].flatMap(({ groups }) =>
  (groups?.text ?? "").trimEnd().split("\n"),
);

const newKey = () => randomBytes(32).toString("hex");

/** `pnpm postern` is that script of the repository; psql is not on every machine. */
const asRun = (line: string, keys: string): string =>
  `${keys} ${line.replace(/^pnpm postern/, `node ${repository}/apps/cli/src/main.ts`)}`;

test("every command of the guide to encrypting does what it says, from top to bottom", {
  timeout: 240_000,
}, async () => {
  await using world = await openMounted();
  const { sql, story } = world;
  const keys = `SYSTEM_ENCRYPTION_KEY=${newKey()} BLIND_INDEX_KEY=${newKey()}`;
  const before = await sql`select phone_number, two_factor_secret from users order by id`;
  let said = "";
  for (const line of lines.filter((it) => !it.startsWith("psql "))) {
    const { code, output } = await runCommand(asRun(line, keys), story.databaseUrl);
    expect(code, `${line}\n${output}`).toBe(0);
    said += output;
  }
  expect(lines.length).toBeGreaterThan(18);
  expect(said).toMatch(/back at verify.*back at backfill.*stage contract.*stage contract/s);
  expect(before[0]).toMatchObject({ phone_number: "+254712345678" });
  const [users] = await sql`select count(encrypted_phone_number)::int as sealed from users`;
  expect(users).toEqual({ sealed: 2 });
  const [dump] = await sql`select database_to_xml(true, false, '')::text as text`;
  expect(`${dump?.text}${said}`).not.toMatch(/JBSWY3DPEHPK3PXP|254712345678|722 000 111/);
  expect(await sql`select from security.check_encryption_migration_status()`).not.toEqual([]);
});
