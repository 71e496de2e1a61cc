import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { cloneDatabase } from "@postern/devkit";
import { expect, test } from "vitest";
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
  for (const { language, text } of blocks) {
    if (language === "sql") await world.sql.unsafe(text);
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

test("the binding in the guide is the app's", () => {
  const [{ text }] = only("ts") as [Block];
  expect(read("src/security/binding.ts")).toContain(text);
});
