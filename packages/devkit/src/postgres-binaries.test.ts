import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openToAll } from "./postgres-binaries.ts";

test("a copy made under umask 077 is opened to every account, without making data executable", () => {
  const folder = mkdtempSync(join(tmpdir(), "postern-copy-"));
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin/postgres"), "");
  writeFileSync(join(folder, "share"), "");
  symlinkSync("gone", join(folder, "link"));
  chmodSync(join(folder, "bin"), 0o700);
  chmodSync(join(folder, "bin/postgres"), 0o700);
  chmodSync(join(folder, "share"), 0o600);

  openToAll(folder);
  const mode = (name: string) => statSync(join(folder, name)).mode & 0o777;
  expect(["", "bin", "bin/postgres", "share"].map(mode)).toEqual([0o755, 0o755, 0o755, 0o644]);
  rmSync(folder, { recursive: true });
});
