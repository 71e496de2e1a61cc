import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Type } from "typebox";
import { expect, test } from "vitest";
import { BadEnvironmentError } from "./bad-environment-error.ts";
import { type FindFaults, readEnvironment } from "./read-environment.ts";
import type { Environment } from "./read-variable.ts";

const Settings = Type.Object({
  DATABASE_URL: Type.String({ pattern: "^postgres://", description: "a PostgreSQL address" }),
  PORT: Type.Integer({ minimum: 0, maximum: 65_535, default: 3001 }),
  QUIET: Type.Boolean({ default: false }),
  MODE: Type.Union([Type.Literal("open"), Type.Literal("closed")], { default: "open" }),
  SENTRY_DSN: Type.Optional(Type.String()),
});

const working = { DATABASE_URL: "postgres://localhost/app" };

function faultsOf(environment: Environment, findFaults?: FindFaults<typeof Settings>) {
  try {
    readEnvironment(Settings, environment, findFaults);
  } catch (error) {
    if (error instanceof BadEnvironmentError) {
      return error.faults;
    }
    throw error;
  }
  return [];
}

test("unset and empty variables take their defaults, others are read in their type", () => {
  const values = readEnvironment(Settings, { ...working, PORT: "8080", QUIET: "true", MODE: "" });
  expect(values).toEqual({
    DATABASE_URL: "postgres://localhost/app",
    PORT: 8080,
    QUIET: true,
    MODE: "open",
  });
});

test("every bad variable is named at once, and no value is repeated", () => {
  const faults = faultsOf({
    DATABASE_URL: "mysql://secret",
    PORT: "99999",
    QUIET: "yes",
    MODE: "x",
  });
  expect(faults).toEqual([
    "DATABASE_URL is not valid: a PostgreSQL address",
    "PORT is not valid",
    "QUIET is not valid",
    "MODE is not valid",
  ]);
});

test("a missing variable without a default is named with what it is for", () => {
  expect(faultsOf({})).toEqual(["DATABASE_URL is missing: a PostgreSQL address"]);
});

test.for(["10.5", "1e3", "0x10", " 80", "eighty", "9".repeat(30)])(
  "%j is not an integer",
  (port) => {
    expect(faultsOf({ ...working, PORT: port })).toEqual(["PORT is not valid"]);
  },
);

test("faults of the caller's own rules come in the same error", () => {
  const faults = faultsOf({ ...working, PORT: "none" }, (values) =>
    values.DATABASE_URL === working.DATABASE_URL ? ["DATABASE_URL is the example's"] : [],
  );
  expect(faults).toEqual(["PORT is not valid", "DATABASE_URL is the example's"]);
});

test("a value can come from a file, without its last line break", () => {
  using folder = makeFolder();
  const path = join(folder.path, "url");
  writeFileSync(path, "postgres://localhost/from-file\n");
  const values = readEnvironment(Settings, { DATABASE_URL_FILE: path });
  expect(values.DATABASE_URL).toBe("postgres://localhost/from-file");
});

test("a file that is missing, empty or doubled by the variable itself is a fault", () => {
  using folder = makeFolder();
  const empty = join(folder.path, "empty");
  writeFileSync(empty, "");
  expect(faultsOf({ DATABASE_URL_FILE: join(folder.path, "none") })).toEqual([
    "DATABASE_URL_FILE names a file that cannot be read",
  ]);
  expect(faultsOf({ DATABASE_URL_FILE: empty })).toEqual(["DATABASE_URL_FILE names an empty file"]);
  expect(faultsOf({ ...working, DATABASE_URL_FILE: empty })).toEqual([
    "DATABASE_URL and DATABASE_URL_FILE are both set: set one",
  ]);
});

function makeFolder(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), "postern-environment-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}
