import { chmodSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { removeDrafts } from "./remove-drafts.ts";
import { readSettings } from "./settings.ts";

const OLD_SECONDS = 11 * 60;

test("what a cut-short start left is removed when old, and with --fresh our own data's at once", () => {
  const folder = mkdtempSync(join(tmpdir(), "postern-drafts-"));
  // Where PostgreSQL's account cannot reach it, the data and its drafts would lie elsewhere.
  chmodSync(folder, 0o711);
  const make = (name: string, ageSeconds: number) => {
    writeFileSync(join(folder, name), "");
    const time = Date.now() / 1_000 - ageSeconds;
    utimesSync(join(folder, name), time, time);
  };
  make("postgres-draft-old", OLD_SECONDS);
  make("postgres-draft-old.password", OLD_SECONDS);
  make("redis-package-draft-old", OLD_SECONDS);
  make("postgres-draft-new", 0);
  make("redis-package-draft-new", 0);
  const usual = readSettings({});
  const settings = { ...usual, folders: { ...usual.folders, postgres: join(folder, "postgres") } };

  const remove = (isFresh: boolean) => removeDrafts(settings, { isFresh, packages: folder });
  remove(false);
  expect(readdirSync(folder)).toEqual(["postgres-draft-new", "redis-package-draft-new"]);
  remove(true);
  expect(readdirSync(folder)).toEqual(["redis-package-draft-new"]);
  rmSync(folder, { recursive: true });
});
