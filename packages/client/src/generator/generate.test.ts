import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { CALLS } from "../generated/calls.ts";
import { generate } from "./generate.ts";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
const document = JSON.parse(read("../../openapi.json"));

test("the generated sources are those of openapi.json: else run `pnpm openapi`", async () => {
  for (const [name, source] of Object.entries(await generate(document))) {
    expect(read(`../generated/${name}`) === source, name).toBe(true);
  }
});

test("no field of a body has the name of one of its call's path or query", () => {
  for (const { method, path, query } of Object.values(CALLS)) {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
    const { requestBody } = document.paths[path][method.toLowerCase()];
    const { properties = {}, anyOf = [] } = requestBody?.content["application/json"].schema ?? {};
    const fields = [properties, ...anyOf.map((form: { properties?: object }) => form.properties)];
    const taken = fields.flatMap((it) => Object.keys(it ?? {}));
    expect(taken.filter((name) => [...names, ...query].includes(name))).toEqual([]);
  }
});
