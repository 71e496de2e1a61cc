import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("a starter that is killed with SIGKILL leaves no server and no data behind", async () => {
  const program = join(import.meta.dirname, "testing/start-and-wait.ts");
  const starter = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(starter.stdout, "data");
  const { pids, folder } = JSON.parse(String(line)) as { pids: number[]; folder: string };
  expect(pids.map(isAlive)).toEqual([true, true]);

  starter.kill("SIGKILL");
  // Before the 10 s after which even a server that does not listen is ended.
  await vi.waitFor(() => expect(pids.map(isAlive)).toEqual([false, false]), { timeout: 8_000 });
  await vi.waitFor(() => expect(existsSync(folder)).toBe(false), { timeout: 2_000 });
});
