import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { searchLogs } from "./find-leaks.ts";
import { NotSeenError } from "./step.ts";

test("a service without a log is not taken for one that keeps its secrets", () => {
  const folder = mkdtempSync(join(tmpdir(), "postern-logs-"));
  const search = () => searchLogs(folder, { email: "ada@example.com", others: [] });
  writeFileSync(join(folder, "auth.log"), "mail to ada@example.com\n");
  expect(search).toThrow(NotSeenError);
  expect(search).toThrow("a log of notifier");

  writeFileSync(join(folder, "notifier.log"), "");
  expect(search().leaks).toEqual(["log auth.log"]);
  rmSync(folder, { recursive: true });
});
