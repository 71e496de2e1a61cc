import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import type { Readable } from "node:stream";
import type { Account } from "./account.ts";
import { PortTakenError } from "./find-free-port.ts";

const READY_MILLISECONDS_MAX = 60_000;
const OUTPUT_KEPT_CHARACTERS = 16_384;

export type ServerCommand = {
  name: string;
  program: string;
  args: readonly string[];
  environment: Record<string, string>;
  account?: Account | undefined;
  folder?: string | undefined;
  /** Asks the server to stop without waiting for its clients. */
  stopSignal: "INT" | "TERM";
  /** What it writes once it serves. Without one the caller finds out in another way. */
  readyLine?: RegExp | undefined;
  portTakenLine?: RegExp | undefined;
  logFile?: string | undefined;
  onOutput?: ((chunk: string) => void) | undefined;
  /** Deleted once the server is gone, whoever ended it. */
  throwAwayFolder?: string | undefined;
};

export type SupervisedServer = {
  pid: number;
  /** Settles when the server is gone, for whatever reason, with its exit code. */
  exited: Promise<number | null>;
  stop(): Promise<void>;
};

/** A server that ended before it was ready; `output` is what it said last. */
export class ServerStartError extends Error {
  override readonly name = "ServerStartError";
  readonly output: string;

  constructor(server: string, output: string) {
    super(`${server} did not start: ${output.trim().split("\n").at(-1) ?? ""}`);
    this.output = output;
  }
}

// The shell outlives us by a moment: its standard input is a pipe whose other end only we hold, so
// it reads the end of file when we stop it, exit, crash or are killed with SIGKILL alike. It then
// asks the server to stop, and after 10 s ends it. SIGCONT wakes a server frozen by a test.
const WATCH = `
  signal=$1 folder=$2
  shift 2
  exec 4<&0
  "$@" </dev/null 3>&- 4<&- &
  server=$!
  trap 'kill -s "$signal" "$server"' HUP INT TERM
  echo "$server" >&3
  # From here on the shell itself says nothing, such as "Terminated".
  exec 3>&- >/dev/null 2>&1
  {
    read -r _ <&4
    kill -s "$signal" "$server"
    kill -s CONT "$server"
    seconds=0
    while [ "$seconds" -lt 10 ] && kill -s 0 "$server"; do sleep 1; seconds=$((seconds + 1)); done
    kill -s KILL "$server"
  } &
  watcher=$!
  exec 4<&-
  while :; do
    wait "$server"
    status=$?
    kill -s 0 "$server" || break
  done
  kill -s KILL "$watcher"
  [ -z "$folder" ] || rm -rf "$folder"
  exit "$status"
`;

function spawnWatched(command: ServerCommand): ChildProcess {
  const throwAway = command.throwAwayFolder ?? "";
  return spawn(
    "/bin/sh",
    ["-c", WATCH, "sh", command.stopSignal, throwAway, command.program, ...command.args],
    {
      cwd: command.folder ?? "/",
      env: command.environment,
      // A session of its own, so that Ctrl-C reaches us alone and we choose the order of stopping.
      detached: true,
      stdio: ["pipe", "pipe", "pipe", "pipe"],
      ...(command.account && { uid: command.account.uid, gid: command.account.gid }),
    },
  );
}

async function readPid(child: ChildProcess): Promise<number> {
  let text = "";
  for await (const chunk of child.stdio[3] as Readable) text += String(chunk);
  return Number(text);
}

/** Resolves at the ready line; rejects with what the server said when it ends or is silent too long. */
async function untilReady(child: ChildProcess, command: ServerCommand): Promise<void> {
  const { readyLine, portTakenLine } = command;
  if (!readyLine) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let output = "";
  const fail = () => {
    reject(
      portTakenLine?.test(output)
        ? new PortTakenError(`${command.name}: the port is in use.`)
        : new ServerStartError(command.name, output),
    );
  };
  const listen = (chunk: Buffer) => {
    output = (output + chunk).slice(-OUTPUT_KEPT_CHARACTERS);
    if (readyLine.test(output)) resolve();
  };
  const timer = setTimeout(fail, READY_MILLISECONDS_MAX);
  child.stdout?.on("data", listen);
  child.stderr?.on("data", listen);
  child.once("error", reject).once("close", fail);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    child.stdout?.off("data", listen);
    child.stderr?.off("data", listen);
    child.off("error", reject).off("close", fail);
  }
}

function passOutputOn(child: ChildProcess, { logFile, onOutput }: ServerCommand): void {
  const outputs = [child.stdout, child.stderr].filter((stream) => stream !== null);
  const log = logFile && createWriteStream(logFile, { flags: "a", mode: 0o600 });
  for (const output of outputs) {
    if (log) output.pipe(log, { end: false });
    if (onOutput) output.setEncoding("utf8").on("data", onOutput);
    // Read even where nobody listens, or the server would wait for room in the pipe.
    output.resume();
  }
  if (log) child.once("close", () => log.end());
}

/**
 * Starts a server and waits until it says that it is ready.
 *
 * It never outlives this process: see WATCH. Throws PortTakenError or ServerStartError.
 */
export async function startSupervised(command: ServerCommand): Promise<SupervisedServer> {
  const child = spawnWatched(command);
  const exited = new Promise<number | null>((resolve) => child.once("close", resolve));
  // Writing to the pipe of a server that is gone is no fault of ours.
  child.stdin?.on("error", () => undefined);
  passOutputOn(child, command);
  const stop = async () => {
    child.stdin?.end();
    await exited;
  };
  try {
    const [pid] = await Promise.all([readPid(child), untilReady(child, command)]);
    return { pid, exited, stop };
  } catch (error) {
    if (child.pid !== undefined) await stop();
    throw error;
  }
}
