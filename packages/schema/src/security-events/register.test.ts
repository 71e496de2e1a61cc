import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { securityEventTypes, severities } from "../tables/security-events.ts";
import { describeEvents } from "./describe-events.ts";
import { securityEventRegister } from "./register.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

const sources = ["apps/*/src/**/*.ts", "packages/*/src/**/*.ts", "packages/schema/sql/**/*.sql"]
  .flatMap((pattern) => globSync(pattern, { cwd: root }))
  .filter((path) => !/\.test\.ts$|\/testing\/|\/security-events\/register\.ts$/.test(path))
  .map((path) => ({ path, text: readFileSync(`${root}${path}`, "utf8") }));

/** INSERTs into the log, from their columns to the end of the SELECT or VALUES. */
const INSERT =
  /insert into (?:\$\{(?:t\.securityEvents|events)\}|:schema\.security_events)\s*\(event_type,[^)]*\)([\s\S]*?)(?=\n\s*\)(?:,|\s)|`,|;|\bon conflict\b)/g;

const statements = sources.flatMap(({ path, text }) =>
  [...text.matchAll(INSERT)].map(([, body = ""]) => ({ path, body })),
);

const WORD = /'([a-z]+(?:_[a-z]+)+)'/g;

/** What stands in the place of the first column, or in a list of values that fills it. */
function typesIn(body: string): string[] {
  const expression = /^\s*(?:select|values \()([^,]*),/.exec(body)?.[1] ?? "";
  const listed = [
    ...body.matchAll(/(?<!build_object)\('([a-z_]+)', (?:'(?:low|medium|high|critical)'|\d|\$\{)/g),
  ];
  return [
    ...[...expression.matchAll(WORD)].map(([, word = ""]) => word),
    ...listed.map(([, word = ""]) => word),
  ];
}

/** Where TypeScript names a type: the value of eventType, or of an alarm's type. */
const named = sources
  .filter(({ path }) => path.startsWith("apps/") || path.includes("/encryption/"))
  .flatMap(({ text }) => [
    ...(text.match(/(?:\beventType\b|EventType\b|SecretEvent\b|noteSecret\()[^;\n]*/g) ?? []),
    ...(text.match(/\btype: "[a-z_]+_detected"|\bEVENT_TYPES = \{[^}]*\}/g) ?? []),
  ])
  .map((line) => line.replaceAll(/=== "[^"]*"/g, ""))
  .flatMap((line) => [...line.matchAll(/"([a-z]+(?:_[a-z]+)+)"/g)].map(([, word = ""]) => word));

const written = new Set([...statements.flatMap(({ body }) => typesIn(body)), ...named]);

test("every event that is written is in the register, and the register names none that is not", () => {
  const expected = Object.entries(securityEventRegister)
    .filter(([, { writtenBy }]) => writtenBy === undefined)
    .map(([name]) => name);
  expect([...written].sort()).toEqual(expected.sort());
  expect(Object.keys(securityEventRegister).sort()).toEqual([...securityEventTypes].sort());
});

/** Every other argument, from behind the opening bracket to the closing one. */
function keysOf(text: string): string[] {
  const parts = [""];
  let depth = 1;
  for (const letter of text) {
    depth += Number(letter === "(" || letter === "{") - Number(letter === ")" || letter === "}");
    if (depth === 0) break;
    if (letter === "," && depth === 1) parts.push("");
    else parts[parts.length - 1] += letter;
  }
  return parts.filter((_, index) => index % 2 === 0).map((part) => part.trim().slice(1, -1));
}

test("no event has metadata that the register does not name", () => {
  const built = statements.filter(({ body }) => body.includes("jsonb_build_object"));
  expect(built.length).toBeGreaterThan(20);
  for (const { path, body } of built) {
    const keys = keysOf(body.slice(body.indexOf("jsonb_build_object(") + 19));
    const types = typesIn(body) as (keyof typeof securityEventRegister)[];
    const known = types.flatMap((type) => securityEventRegister[type].metadata);
    if (types.length > 0) expect(known, `${path}: ${types}`).toEqual(expect.arrayContaining(keys));
  }
});

test("a severity is one of the four, and a meaning one line of a table", () => {
  for (const { severity, meaning } of Object.values(securityEventRegister)) {
    expect([...severities, "as it is written"]).toContain(severity);
    expect(meaning).toMatch(/^[A-Z][^|\n]+\.$/);
  }
});

test("docs/events.md shows the register as it is", () => {
  expect(readFileSync(`${root}docs/events.md`, "utf8")).toContain(describeEvents());
});
