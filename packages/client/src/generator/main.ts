import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { generate } from "./generate.ts";

// The second half of `pnpm openapi`: the generated sources, from openapi.json.
const document = JSON.parse(readFileSync(new URL("../../openapi.json", import.meta.url), "utf8"));
const folder = new URL("../generated/", import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [name, source] of Object.entries(await generate(document))) {
  writeFileSync(new URL(name, folder), source);
}
