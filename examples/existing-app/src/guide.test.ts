import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { cloneDatabase, findFreePort, testRedisUrl } from "@postern/devkit";
import { expect, test } from "vitest";
import { makeKeys } from "./story/make-keys.ts";
import { runCommand } from "./story/run-command.ts";
import { openWorld } from "./testing/open-world.ts";

const appFolder = resolve(import.meta.dirname, "..");
const read = (path: string) => readFileSync(resolve(appFolder, path), "utf8");

type Block = { readonly language: string; readonly text: string };

const blocks: readonly Block[] = [
  ...read("README.md").matchAll(/^```(?<language>\w+(?: \w+)?)\n(?<text>.*?)^```$/gms),
].map(({ groups }) => ({ language: groups?.language ?? "", text: groups?.text ?? "" }));

const only = (language: string) => blocks.filter((block) => block.language === language);

test("every command of the guide does what it says, from top to bottom", {
  timeout: 240_000,
}, async () => {
  await using world = await openWorld();
  // Roles belong to the whole server: what an earlier run made there.
  await world.sql`drop role if exists shop_web`;
  for (const { language, text } of blocks) {
    if (language === "sql") await world.sql.unsafe(text);
    if (language === "sh start") await startAndStop(text.trim(), world.story.databaseUrl);
    if (language !== "sh") continue;
    for (const line of text.trimEnd().split("\n")) {
      const { code, output } = await runCommand(line, world.story.databaseUrl);
      expect(code, `${line}\n${output}`).toBe(0);
    }
  }
  const schemas =
    await world.sql`select nspname from pg_namespace where nspname ~ 'security|postern'`;
  expect(schemas).toEqual([]);
  const { added, changed } = await world.story.shop.look();
  expect({ added, changed }).toEqual({ added: [], changed: [] });
});

/** A service runs on: it is ready, and ends when it is told to. */
async function startAndStop(line: string, databaseUrl: string): Promise<void> {
  const port = await findFreePort();
  const child = spawn("sh", ["-c", `exec env ${line}`], {
    cwd: appFolder,
    env: {
      // biome-ignore lint/style/noProcessEnv: where node is.
      PATH: process.env.PATH,
      DATABASE_URL: databaseUrl,
      REDIS_URL: testRedisUrl(),
      PUBLIC_URL: "http://127.0.0.1:3001",
      ...makeKeys().environment,
      AUTH_PORT: String(port),
      AUTH_METRICS_PORT: String(await findFreePort()),
      LOG_LEVEL: "warn",
    },
    stdio: "inherit",
  });
  const exited = once(child, "exit");
  const ready = () => fetch(`http://127.0.0.1:${port}/ready`).then(({ status }) => status, String);
  try {
    await expect.poll(ready, { timeout: 60_000 }).toBe(200);
  } finally {
    child.kill("SIGTERM");
  }
  expect(await exited).toEqual([0, null]);
}

test("the story is told on an empty database, to the end", { timeout: 240_000 }, async () => {
  await using database = await cloneDatabase({ from: "empty" });
  const [{ text }] = only("sh story") as [Block];
  const { code, output } = await runCommand(text, database.url);
  expect(code, output).toBe(0);
  expect(output).toContain("Every step was seen.");
});

test("the story is not told where somebody's tables are", { timeout: 60_000 }, async () => {
  await using world = await openWorld();
  const { code, output } = await runCommand("node src/main.ts", world.story.databaseUrl);
  expect(code).toBe(1);
  expect(output).toContain("existing-app: not seen: an empty database to tell the story on");
  expect(await world.story.shop.look()).toEqual({ added: [], changed: [] });
});

/** Lines in order, each as it stands; `// …` stands for any number of them. */
function isPartOf(text: string, source: string): boolean {
  let from = 0;
  for (const part of text.split(/^ *\/\/ …\n/m)) {
    const at = source.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return true;
}

test.for([
  { index: 0, file: "src/security/binding.ts" },
  { index: 1, file: "src/shop/users.ts" },
  { index: 2, file: "src/shop/users.ts" },
  { index: 3, file: "src/reports/suspect-orders.ts" },
  { index: 4, file: "drizzle.public.config.ts" },
])("what the guide shows of $file stands there", ({ index, file }) => {
  const shown = only("ts");
  expect(shown).toHaveLength(5);
  expect(isPartOf(shown[index]?.text ?? "", read(file)), shown[index]?.text).toBe(true);
});

test("a refusal that the guide quotes is one that there is", () => {
  const schemaPackage = resolve(appFolder, "../../packages/schema");
  const sources = globSync(
    ["src/{database,declared,push,migrate,repeatable}/*.ts", "migrations/*.sql"],
    {
      cwd: schemaPackage,
    },
  )
    .map((path) => readFileSync(resolve(schemaPackage, path), "utf8"))
    .join("\n");
  const refusals = [...read("README.md").matchAll(/^\| `(?<words>[^`]+)`.*\|$/gm)];
  expect(refusals.length).toBeGreaterThan(8);
  const words = refusals.flatMap(({ groups }) => (groups?.words ?? "").split("…"));
  expect(words.filter((text) => !sources.includes(text.trim()))).toEqual([]);
});
