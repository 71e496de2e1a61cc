import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { repositoryFolder } from "../repository.ts";
import { type SupervisedServer, startSupervised } from "../supervised-server.ts";
import { DevError } from "./dev-error.ts";
import { shortPath, showTrouble } from "./screen.ts";

const READY_MILLISECONDS_MAX = 30_000;
const POLL_MILLISECONDS = 20;

export type ServiceCommand = {
  name: string;
  /** From the root of the repository. */
  entry: string;
  url: string;
  environment: Record<string, string>;
  logsFolder: string;
  /** Called as soon as it runs, ready or not, so that it can be stopped. */
  onStarted: (server: SupervisedServer) => void;
};

export type Service = SupervisedServer & { name: string; url: string; logFile: string };

/** Starts one of the apps as in production and waits until it says that it is ready. */
export async function startService(command: ServiceCommand): Promise<Service> {
  const { name, url } = command;
  const logFile = join(command.logsFolder, `${name}.log`);
  const server = await startSupervised({
    name,
    program: process.execPath,
    args: [command.entry],
    environment: command.environment,
    folder: repositoryFolder,
    stopSignal: "TERM",
    logFile,
    onOutput: showTrouble(name),
  });
  command.onStarted(server);
  const service = { ...server, name, url, logFile };
  await Promise.race([untilReady(service), failWhenGone(service)]);
  return service;
}

async function untilReady({ name, url, logFile }: Service): Promise<void> {
  const deadline = performance.now() + READY_MILLISECONDS_MAX;
  let answer = "it does not answer";
  while (performance.now() < deadline) {
    try {
      const response = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(2_000) });
      if (response.ok) return;
      answer = (await response.text()).slice(0, 300);
    } catch {
      // It does not listen yet.
    }
    await sleep(POLL_MILLISECONDS);
  }
  throw new DevError(`${name} is not ready after 30 s: ${answer}. See ${shortPath(logFile)}.`);
}

/** Rejects when a service ends that nobody asked to. */
export async function failWhenGone({ name, exited, logFile }: Gone): Promise<never> {
  const code = await exited;
  throw new DevError(`${name} ended by itself (exit code ${code}). See ${shortPath(logFile)}.`);
}

type Gone = Pick<Service, "name" | "exited" | "logFile">;
