import { execFileSync, spawn } from "node:child_process";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pushSchema } from "@postern/devkit";
import type { Bench, BenchRun, Figure } from "../bench.ts";
import { median } from "../median.ts";
import { openQueue, type Queue } from "./queue.ts";
import { startNotifier } from "./start-notifier.ts";
import { type Sink, startSink } from "./start-sink.ts";

const CONNECTIONS = 16;
const ROUNDS = 5;
const MAILS = 10_000;
const BULK_MAILS = 10_000;
const CODES_PER_SECOND = 20;
const CODES = 400;
/** What a provider takes to answer; with it 10,000 bulk mails wait longer than the codes come. */
const PROVIDER_MILLISECONDS = 50;
const RATIO_MIN = 0.8;
const WAIT_MILLISECONDS_MAX = 100;

/** As an operator would run it: the wait for the disk is part of every claim and record. */
const DURABLE = { fsync: "on", synchronous_commit: "on", full_page_writes: "on", autovacuum: "on" };

const PREVIEWS = resolve(import.meta.dirname, "../../../apps/notifier/src/print-previews.ts");
const BARE = resolve(import.meta.dirname, "bare.ts");

type Preview = { name: string; locale: string };

/** The mail that the notifier sends, for the other side to send too. */
function readMessage(): string {
  const previews = JSON.parse(execFileSync(process.execPath, [PREVIEWS], { encoding: "utf8" }));
  const isIt = ({ name, locale }: Preview) => name === "verify_email_code" && locale === "en";
  return JSON.stringify((previews as Preview[]).find(isIt));
}

/**
 * Mails a second of the notifier, from rows that wait to rows that are written down, beside bare
 * nodemailer over the same pool into the same mail server, in turn; and how long a code waits that is
 * asked for behind 10,000 bulk mails.
 */
export const benchNotifier: Bench = async (run) => {
  const server = await run.startPostgres({ settings: DURABLE });
  await pushSchema(server.url);
  await using queue = openQueue(server.url);
  return [...(await compare(run, queue)), ...(await measureCodes(run, queue))];
};

async function compare({ isQuick, say }: BenchRun, queue: Queue): Promise<Figure[]> {
  using sink = await startSink();
  const message = readMessage();
  const rates = { bare: [] as number[], own: [] as number[] };
  for (let round = 0; round < (isQuick ? 2 : ROUNDS); round += 1) {
    const bare = await rateOfBare(sink, message);
    const own = await rateOfOwn(sink, queue);
    say(`round ${round + 1}: nodemailer ${Math.round(bare)}, notifier ${Math.round(own)} a second`);
    rates.bare.push(bare);
    rates.own.push(own);
  }
  const ratios = rates.own.map((own, round) => own / (rates.bare[round] ?? 0));
  return [
    { name: "nodemailer, a pool of 16", value: median(rates.bare), unit: "per second" },
    { name: "notifier, the queue in front of it", value: median(rates.own), unit: "per second" },
    {
      name: "notifier over nodemailer",
      value: median(ratios),
      unit: "ratio",
      limit: { atLeast: RATIO_MIN },
    },
  ];
}

async function rateOfBare(sink: Sink, message: string): Promise<number> {
  const args = [BARE, String(sink.port), String(MAILS), String(CONNECTIONS), message];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
  const exited = new Promise((done) => child.once("close", done));
  const rate = await rateAt(sink);
  await exited;
  return rate;
}

async function rateOfOwn(sink: Sink, queue: Queue): Promise<number> {
  await queue.empty();
  await queue.queueBulk(MAILS);
  await using _notifier = await startNotifier(queue.environment, sink.port);
  // Awaited here: the notifier is stopped when this returns.
  return await rateAt(sink);
}

/** The first fifth warms up: what counts is how long the rest takes. */
async function rateAt(sink: Sink): Promise<number> {
  const times = (await sink.takeUntil(MAILS)).map(([, at]) => at);
  const first = Math.floor(MAILS / 5);
  return ((MAILS - first) * 1_000) / ((times.at(-1) ?? 0) - (times[first] ?? 0));
}

async function measureCodes({ isQuick, say }: BenchRun, queue: Queue): Promise<Figure[]> {
  using sink = await startSink(PROVIDER_MILLISECONDS);
  const codes = isQuick ? CODES / 4 : CODES;
  await queue.empty();
  await queue.queueBulk(BULK_MAILS);
  const askedAt = new Map<string, number>();
  const takenAt = new Map<string, number>();
  await using _notifier = await startNotifier(queue.environment, sink.port);
  await sink.takeUntil(1);
  const queued: Promise<void>[] = [];
  for (let code = 0; code < codes; code += 1) {
    const to = `code${code}@example.com`;
    askedAt.set(to, Date.now());
    queued.push(queue.queueCode(to));
    await sleep(1_000 / CODES_PER_SECOND);
  }
  await Promise.all(queued);
  let others = 0;
  while (takenAt.size < codes) {
    for (const [to, at] of await sink.takeUntil(1)) {
      if (askedAt.has(to)) takenAt.set(to, at);
      else others += 1;
    }
  }
  say(`${codes} codes, ${others} of ${BULK_MAILS} bulk mails meanwhile`);
  const waits = [...takenAt].map(([to, at]) => at - (askedAt.get(to) ?? 0)).sort((a, b) => a - b);
  const p99 = waits[Math.ceil(waits.length * 0.99) - 1] ?? Number.NaN;
  return [
    { name: "code behind bulk, request to mail server: p50", value: median(waits), unit: "ms" },
    {
      name: "code behind bulk, request to mail server: p99",
      value: p99,
      unit: "ms",
      limit: { atMost: WAIT_MILLISECONDS_MAX },
    },
  ];
}
