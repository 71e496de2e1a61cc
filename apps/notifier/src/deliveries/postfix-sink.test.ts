import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { findFreePort } from "@postern/devkit";
import { expect, test } from "vitest";
import { claimDue } from "../testing/claim-due.ts";
import { age, countByStatus, openWorld, queueMany } from "../testing/world.ts";
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
  // Only root may become somebody else, and only root must.
  const account = process.getuid?.() === 0 ? ["-u", "nobody"] : [];
  const sink: ChildProcess = spawn(PROGRAM, [...account, ...options, `127.0.0.1:${port}`, "64"]);
  await untilListening(port);
  return {
    url: `smtp://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => void sink.kill("SIGKILL"),
  };
}

/** Throws where nobody listens within 5 s: a sink that did not start would look like a fault of its own. */
async function untilListening(port: number): Promise<void> {
  for (let turn = 0; turn < 100; turn += 1) {
    const socket = connect(port, "127.0.0.1");
    const isOpen = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return;
    await sleep(50);
  }
  throw new Error("smtp-sink does not listen.");
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
  const claimed = await claimDue(world, "email", { codes: MAILS, others: MAILS });
  await Promise.all(claimed.map((delivery) => deliver(world, delivery, signal)));
  const found = await countByStatus(world);
  process.stdout.write(`${name}: ${JSON.stringify(found)}\n`);
  expect(Object.keys(found)).toEqual(ends);
});
