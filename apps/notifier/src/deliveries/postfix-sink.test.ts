import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { findFreePort } from "@postern/devkit";
import { expect, test } from "vitest";
import { age, countByStatus, openWorld, queueMany } from "../testing/world.ts";
import { claim } from "./claim.ts";
import { deliver } from "./deliver.ts";

/** Of Debian's package postfix. */
const PROGRAM = "/usr/sbin/smtp-sink";
const MAILS = 12;

/** What Postfix's own sink can do to us, and what a row may become by it. */
const FAULTS = [
  { name: "4xx to RCPT TO", options: ["-r", "rcpt"], ends: ["retry"] },
  { name: "5xx to DATA", options: ["-f", "data"], ends: ["failed"] },
  { name: "a drop at the final dot", options: ["-q", "."], ends: ["retry"] },
  { name: "an answer a second late", options: ["-w", "1"], ends: ["sent"] },
] as const;

async function startSink(options: readonly string[]) {
  const port = await findFreePort();
  const sink: ChildProcess = spawn(PROGRAM, [
    "-u",
    "nobody",
    ...options,
    `127.0.0.1:${port}`,
    "64",
  ]);
  await sleep(300);
  return {
    url: `smtp://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => void sink.kill("SIGKILL"),
  };
}

test.for(FAULTS)("Postfix's smtp-sink: $name", async ({ name, options, ends }, { skip }) => {
  skip(
    !existsSync(PROGRAM),
    `${PROGRAM} is not installed (Debian: postfix); our own sink stands in`,
  );
  await using sink = await startSink(options);
  await using world = await openWorld(sink.url);
  await queueMany(world, MAILS);
  await age(world, ["next_attempt_at"]);
  const signal = new AbortController().signal;
  const claimed = await claim(world, "email", { total: MAILS, others: MAILS });
  await Promise.all(claimed.map((delivery) => deliver(world, delivery, signal)));
  const found = await countByStatus(world);
  process.stdout.write(`${name}: ${JSON.stringify(found)}\n`);
  expect(Object.keys(found)).toEqual(ends);
});
