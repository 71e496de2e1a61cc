import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/** Starts the sample service, does as told once it is up, and gathers what it said. */
async function run(fault: string, signals: readonly NodeJS.Signals[] = []) {
  const script = fileURLToPath(new URL("./testing/sample-service.ts", import.meta.url));
  const child = spawn(process.execPath, [script, fault], { stdio: ["ignore", "pipe", "pipe"] });
  const waiting = [...signals];
  const said = { out: "", err: "" };
  child.stdout.on("data", (chunk) => {
    said.out += chunk;
    const next = waiting.shift();
    if (next) {
      child.kill(next);
    }
  });
  child.stderr.on("data", (chunk) => {
    said.err += chunk;
  });
  const [code] = await once(child, "close");
  return { code, ...said };
}

test.for(["SIGTERM", "SIGINT"] as const)("%s drains and ends with 0", async (signal) => {
  const { code, out } = await run("none", [signal]);
  expect(code).toBe(0);
  expect(out).toMatch(/draining[\s\S]*stopped/);
});

test("a second signal ends a drain that is stuck", async () => {
  const { code, out } = await run("stuck", ["SIGTERM", "SIGTERM"]);
  expect(code).toBe(1);
  expect(out).toContain("draining");
});

test("a start that fails ends with 1 and one line on standard error", async () => {
  const { code, out, err } = await run("start");
  expect(code).toBe(1);
  expect(err).toBe("sample: cannot start: no such host\n");
  expect(out).toBe("");
});

test("a rejection that nobody handles is logged and ends the process", async () => {
  const { code, out } = await run("rejection");
  expect(code).toBe(1);
  expect(out).toContain('"level":60');
  expect(out).toContain("nobody waits for this");
});
