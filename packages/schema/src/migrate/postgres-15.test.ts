import { findInstalledPostgres, startPostgres } from "@postern/devkit";
import { afterAll, test } from "vitest";
import { describeDrift } from "./testing/describe-drift.ts";

if (findInstalledPostgres(15)) {
  const server = await startPostgres({ major: 15 });
  afterAll(server.stop);
  describeDrift(server.url);
} else {
  test("migrations on PostgreSQL 15", ({ skip }) => skip("PostgreSQL 15 is not installed"));
}
