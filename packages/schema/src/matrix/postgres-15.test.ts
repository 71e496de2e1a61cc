import { findInstalledPostgres, startPostgres } from "@postern/devkit";
import { afterAll, test } from "vitest";
import { describeMatrix } from "./testing/describe-matrix.ts";
import { describeRefusals } from "./testing/describe-refusals.ts";

if (findInstalledPostgres(15)) {
  const server = await startPostgres({ major: 15 });
  afterAll(server.stop);
  describeMatrix(server.url);
  describeRefusals(server.url);
} else {
  const reason = "PostgreSQL 15 is not installed on this machine";
  process.stderr.write(`The matrix runs on 18 alone: ${reason}.\n`);
  test("the matrix on PostgreSQL 15", ({ skip }) => skip(reason));
}
