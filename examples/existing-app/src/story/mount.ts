import type { Sql } from "postgres";
import { expectSeen } from "./expect-seen.ts";
import { runCommand } from "./run-command.ts";
import type { ShopWatch } from "./watch-shop.ts";

export type Story = {
  readonly databaseUrl: string;
  readonly sql: Sql;
  readonly shop: ShopWatch;
  readonly tell: (line: string) => void;
};

type Phase = { readonly file: string; readonly tables: number };

export const phases: readonly Phase[] = [
  { file: "src/security/phase-1.ts", tables: 4 },
  { file: "src/security/phase-2.ts", tables: 6 },
  { file: "src/security/tables.ts", tables: 18 },
];

const SHOWN_LINES_MAX = 8;

/** Pushes one phase, twice: the second time there is nothing to do. */
export async function mountPhase(story: Story, { file, tables }: Phase): Promise<void> {
  const push = `npx postern-schema push --yes --schema ${file}`;
  await runShown(story, push);
  const mounted = await countTables(story.sql);
  expectSeen(mounted === tables, `${tables} tables in security; there are ${mounted}`);
  await expectShopUntouched(story);
  const again = await runShown(story, push);
  expectSeen(again.includes("Nothing to do"), "a second push with nothing to do");
}

/** The tracking columns, the encrypted columns and the views, on the shop's own users. */
export async function migrateUsers(story: Story): Promise<void> {
  await runShown(story, "npx postern-schema migrate --to 026 --schema src/security/tables.ts");
  await expectShopUntouched(story);
  const check = "npx postern-schema push --check --schema src/security/tables.ts";
  const checked = await runShown(story, check);
  expectSeen(checked.includes("Nothing to do"), "a push with nothing to do after the migrations");
}

/** The shop's own migration adds what the auth service keeps of an account; a push makes its view. */
export async function letSignIn(story: Story): Promise<void> {
  await runShown(story, "npx drizzle-kit migrate");
  await runShown(story, "npx postern-schema push --yes --schema src/security/tables.ts");
  const { added, changed } = await story.shop.look();
  // From PostgreSQL 18 on NOT NULL is a constraint of its own.
  const isAsked = changed.every((name) => /^(column|constraint) users\..*pw_hash/.test(name));
  expectSeen(isAsked, `nothing else changed but that pw_hash may be null: ${changed.join(", ")}`);
  story.tell(`New on its users: ${added.join(", ")}.`);
  const [row] = await story.sql`select count(*)::int as users from security.postern_users`;
  expectSeen(row?.users === 3, "three customers as the auth service reads them");
}

/** The shop's own tool finds its tables as they are declared, Postern's columns among them. */
export async function useOwnTools(story: Story): Promise<void> {
  const generated = await runShown(story, "npx drizzle-kit generate");
  expectSeen(generated.includes("No schema changes"), "drizzle-kit generate with nothing to make");
  const pushed = await runShown(story, "npx drizzle-kit push");
  expectSeen(pushed.includes("No changes detected"), "drizzle-kit push with nothing to change");
  await runShown(story, "npx drizzle-kit migrate");
  const { added, changed } = await story.shop.look();
  expectSeen(added.length + changed.length === 0, "a shop that drizzle-kit left as it was");
}

/** Runs a command and shows the end of what it said; one that fails ends the story. */
async function runShown({ databaseUrl, tell }: Story, line: string): Promise<string> {
  tell(`$ ${line}`);
  const { code, output } = await runCommand(line, databaseUrl);
  const lines = output.trimEnd().split("\n");
  const shown = code === 0 ? lines.slice(-SHOWN_LINES_MAX) : lines;
  for (const said of shown) tell(`  ${said}`);
  expectSeen(code === 0, `exit code 0 of: ${line}`);
  return output;
}

/** Nothing of the shop's may change, and nothing new stand in its schema but on its users. */
async function expectShopUntouched({ shop, tell }: Story): Promise<void> {
  const { added, changed } = await shop.look();
  expectSeen(changed.length === 0, `a shop as it was; changed: ${changed.join(", ")}`);
  const elsewhere = added.filter((name) => !/ users[._]| users$/.test(name));
  expectSeen(elsewhere.length === 0, `nothing new but on users; new: ${elsewhere.join(", ")}`);
  tell(`The shop's ${shop.tables} tables, ${shop.objects} objects and all rows are as they were.`);
  if (added.length > 0) tell(`New on its users: ${added.join(", ")}.`);
}

async function countTables(sql: Sql): Promise<number> {
  const [row] =
    await sql`select count(*)::int as tables from pg_tables where schemaname = 'security'`;
  return row?.tables ?? 0;
}
