import { boundListener, CONNECTION_LIMITS, createDrain, createLogger } from "@postern/process";
import { expect, test } from "vitest";
import { createServer } from "./server.ts";

function openServer() {
  const lines: string[] = [];
  const log = createLogger({
    service: "notifier",
    level: "warn",
    destination: { write: (line) => void lines.push(line) },
  });
  const version = { service: "notifier", version: "0", commit: "c", schemaVersion: "1" };
  const listener = boundListener({ limits: { ...CONNECTION_LIMITS, connectionsMax: 100 } });
  const parts = { log, version, listener, drain: createDrain(0) };
  const app = createServer({ ...parts, findMissing: async () => ({}) });
  app.addContentTypeParser(
    "application/json",
    { parseAs: "string" },
    app.getDefaultJsonParser("error", "error"),
  );
  app.post("/echo", async () => ({}));
  app.get("/bug", async () => {
    throw new TypeError("of ours");
  });
  app.get("/away", async () => {
    throw Object.assign(new Error("deadlock"), { code: "40P01" });
  });
  return { app, lines };
}

const json = { "content-type": "application/json" };

test.for([
  { name: "a body that is too large", payload: "x".repeat(20_000), headers: json, status: 413 },
  { name: "another type", payload: "x", headers: { "content-type": "text/x" }, status: 415 },
  { name: "broken JSON", payload: "{", headers: json, status: 400 },
])("$name is a problem document of $status, and no error of ours", async (it) => {
  const { app, lines } = openServer();
  const { payload, headers, status } = it;
  const answer = await app.inject({ method: "POST", url: "/echo", payload, headers });
  expect(answer.statusCode).toBe(status);
  expect(answer.headers["content-type"]).toMatch(/^application\/problem\+json/);
  expect(answer.json()).toMatchObject({ status });
  expect(lines).toEqual([]);
});

test.for([
  { path: "/bug", status: 500 },
  { path: "/away", status: 503 },
])("$path is $status, with a line in the log", async ({ path, status }) => {
  const { app, lines } = openServer();
  const answer = await app.inject({ method: "GET", url: path });
  expect(answer.json()).toMatchObject({ status });
  expect(answer.headers["retry-after"]).toBe(status === 503 ? "1" : undefined);
  expect(lines).toHaveLength(1);
});
