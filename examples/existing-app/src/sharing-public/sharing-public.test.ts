import { expect, test } from "vitest";
import { runCommand } from "../story/run-command.ts";
import { openWorld } from "../testing/open-world.ts";

const tables = "--schema src/sharing-public/tables.ts";

test("beside Postern's tables in public, drizzle-kit goes on and drops nothing", {
  timeout: 120_000,
}, async () => {
  await using world = await openWorld();
  const run = async (line: string) => {
    const { code, output } = await runCommand(line, world.story.databaseUrl);
    expect(code, `${line}\n${output}`).toBe(0);
    return output;
  };
  await run(`npx postern-schema push --yes ${tables}`);
  await run(`npx postern-schema migrate --to 026 ${tables}`);
  const mounted = await world.story.shop.look();
  expect(mounted.changed).toEqual([]);
  expect(mounted.added).toEqual(
    expect.arrayContaining(["relation login_attempts", "view users_public"]),
  );

  await run("npx drizzle-kit migrate");
  await run(`npx postern-schema push --yes ${tables}`);
  expect((await world.story.shop.look()).changed).toContain("column users.pw_hash");

  await world.sql`alter table users alter is_blocked drop default`;
  await run("npx drizzle-kit push --config drizzle.public.config.ts");
  await run("npx drizzle-kit migrate");
  expect(await world.story.shop.look()).toEqual({ added: [], changed: [] });
  expect(await run("npx drizzle-kit generate")).toContain("No schema changes");
  expect(await run(`npx postern-schema push --check ${tables}`)).toContain("Nothing to do");
});
