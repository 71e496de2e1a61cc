import { BadEnvironmentError } from "@postern/environment";
import type { Logger } from "pino";
import type { Drain } from "./connections/drain.ts";

/**
 * A started service. `stop` lets running work end and closes every connection; before that `drain`
 * has told the balancers.
 */
export type RunningService = { log: Logger; drain?: Drain; stop: () => Promise<void> };

export type ServiceOptions = { name: string; start: () => Promise<RunningService> };

/** EX_CONFIG of sysexits.h: a supervisor should not try again until somebody changed something. */
const EXIT_CONFIGURATION = 78;
const DRAIN_MILLISECONDS_MAX = 10_000;

/**
 * Runs a service until SIGTERM or SIGINT and decides the exit code: 0 after a drain, 78 for a bad
 * environment (one line a fault on standard error, never a value), 1 for anything else, such as a
 * drain that takes over 10 s, a second signal, or a rejection that nobody handled.
 */
export async function runService({ name, start }: ServiceOptions): Promise<void> {
  if (process.argv.includes("--help")) {
    process.stdout.write(helpFor(name));
    return;
  }
  let service: RunningService | undefined;
  process.on("unhandledRejection", (error) => die(service, error));
  process.on("uncaughtException", (error) => die(service, error));
  const stopped = once(["SIGTERM", "SIGINT"]);
  try {
    service = await start();
  } catch (error) {
    process.exit(reportFailedStart(name, error));
  }
  const signal = await stopped;
  process.on(signal, () => process.exit(1));
  await drain(service, signal);
}

const helpFor = (name: string): string => `Usage: pnpm start:${name}

Runs ${name} in the foreground until SIGTERM or Ctrl-C, on the variables of the environment, then .env.
.env.example lists them. Exits with 78 where one is missing or bad, and names every one.
`;

function once(signals: readonly NodeJS.Signals[]): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of signals) {
      process.once(signal, resolve);
    }
  });
}

async function drain(service: RunningService, signal: NodeJS.Signals): Promise<void> {
  const { log, stop } = service;
  log.info({ signal }, "draining");
  await service.drain?.begin();
  const deadline = setTimeout(() => {
    log.error("the drain took too long");
    process.exit(1);
  }, DRAIN_MILLISECONDS_MAX);
  await stop();
  clearTimeout(deadline);
  log.info("stopped");
  process.exit(0);
}

function die(service: RunningService | undefined, error: unknown): void {
  if (error instanceof BadEnvironmentError) {
    service?.log.fatal({ faults: error.faults }, "the environment cannot be used");
    process.exit(EXIT_CONFIGURATION);
  }
  if (service) {
    service.log.fatal({ err: error }, "a fault that nobody handled");
  } else {
    process.stderr.write(`${error instanceof Error ? error.name : typeof error}\n`);
  }
  process.exit(1);
}

/** Writes one line for each fault and returns the exit code. */
function reportFailedStart(name: string, error: unknown): number {
  if (error instanceof BadEnvironmentError) {
    for (const fault of error.faults) {
      process.stderr.write(`${name}: ${fault}\n`);
    }
    return EXIT_CONFIGURATION;
  }
  process.stderr.write(`${name}: cannot start: ${explain(error)}\n`);
  return 1;
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) {
    return "unknown reason";
  }
  if ("code" in error && error.code === "EADDRINUSE" && "port" in error) {
    return `port ${error.port} is taken; stop the process that has it or choose another`;
  }
  return error.message.split("\n")[0] ?? error.name;
}
