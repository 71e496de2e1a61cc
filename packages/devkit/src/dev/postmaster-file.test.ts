import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startPostgres } from "../postgres.ts";
import { isInUse, postmasterFile, removeStalePostmasterFile } from "./postmaster-file.ts";

test("a PostgreSQL that runs on the data keeps its file", async () => {
  await using server = await startPostgres();
  removeStalePostmasterFile(server.dataFolder);
  expect(existsSync(postmasterFile(server.dataFolder))).toBe(true);
  expect(isInUse(server.dataFolder)).toBe(true);
});

// Only Linux tells what a process runs.
test.runIf(process.platform === "linux")(
  "a file whose process id is now that of another program is removed, and the data not in use",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "postern-data-"));
    writeFileSync(postmasterFile(folder), `${process.pid}\n${folder}\n`);
    expect(isInUse(folder)).toBe(false);
    removeStalePostmasterFile(folder);
    expect(existsSync(postmasterFile(folder))).toBe(false);
    rmSync(folder, { recursive: true });
  },
);
