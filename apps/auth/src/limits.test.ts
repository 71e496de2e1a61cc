import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readLimits } from "./limits.ts";

const document = new URL("../../../docs/limits.md", import.meta.url);
const ROW = /^\| `(?<name>[a-z_]+)` \| (?<fallback>\d+) \|/gm;

test("docs/limits.md names every limit with its default, and no other", () => {
  const rows = [...readFileSync(document, "utf8").matchAll(ROW)];
  const documented = rows.map(({ groups }) => [groups?.name, Number(groups?.fallback)]);
  expect(documented).toEqual(Object.entries(readLimits("").limits));
});
