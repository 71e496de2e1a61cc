import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { describeApi } from "./describe-api.ts";

test("the client package's openapi.json is what this service serves: else run `pnpm openapi`", async () => {
  const file = new URL("../../../packages/client/openapi.json", import.meta.url);
  const stored = JSON.parse(readFileSync(file, "utf8"));
  const described = JSON.parse(JSON.stringify(await describeApi()));
  expect(stored).not.toHaveProperty("servers");
  const changed = Object.keys({ ...described.paths, ...stored.paths }).filter(
    (path) => JSON.stringify(described.paths[path]) !== JSON.stringify(stored.paths[path]),
  );
  expect(changed).toEqual([]);
  expect(stored).toEqual(described);
});
