import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { lockHolder, takeLock } from "./lock.ts";
import { processStart } from "./process-start.ts";

function openFolder(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), "postern-lock-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

test("a lock is taken once, names its holder, and is free again after its release", () => {
  using folder = openFolder();
  const release = takeLock(folder.path);
  expect(lockHolder(folder.path)).toBe(process.pid);
  expect(() => takeLock(folder.path)).toThrow(`runs already on ${folder.path} (process`);

  release();
  expect(lockHolder(folder.path)).toBeUndefined();
  takeLock(folder.path)();
  expect(readdirSync(folder.path)).toEqual([]);
});

test("the lock of one that was killed, and whose id another process has now, is no lock", async () => {
  using folder = openFolder();
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  const { pid = 0 } = child;
  const file = join(folder.path, "dev.lock");
  writeFileSync(file, `${pid} ${processStart(pid)}\n`);
  expect(lockHolder(folder.path)).toBe(pid);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(lockHolder(folder.path)).toBeUndefined();

  writeFileSync(file, `${process.pid} long ago\n`);
  takeLock(folder.path)();
  writeFileSync(file, "");
  takeLock(folder.path)();
});
