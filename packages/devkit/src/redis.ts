import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onFreePort } from "./find-free-port.ts";
import { findRedisProgram, REDIS_IMAGE, type RedisProgram } from "./redis-program.ts";
import { run } from "./run.ts";
import { type SupervisedServer, startSupervised } from "./supervised-server.ts";

export type RedisOptions = {
  /** Kept after stop; without it nothing touches the disk. */
  dataFolder?: string | undefined;
  /** Without it a free one. */
  port?: number | undefined;
  logFile?: string | undefined;
};

export type RedisServer = AsyncDisposable & {
  url: string;
  port: number;
  pid: number;
  /** Settles when the server is gone, for whatever reason, with its exit code. */
  exited: Promise<number | null>;
  stop(): Promise<void>;
  /** Stops the process where it stands (SIGSTOP): connections stay open and nothing answers. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
};

/**
 * Starts a real Redis or Valkey of our own on 127.0.0.1, with a password of its own.
 *
 * It ends with this process, however this process ends. Throws PortTakenError, ServerStartError,
 * or one line that says what to install.
 */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const program = await findRedisProgram();
  const password = randomBytes(16).toString("hex");
  const { server, port } = await onFreePort(options.port, async (port) => ({
    server: await startOn(program, { ...options, port, password }),
    port,
  }));
  return {
    url: `redis://:${password}@127.0.0.1:${port}`,
    port,
    ...server,
    ...freezing(program, server.pid, containerName(port)),
    [Symbol.asyncDispose]: server.stop,
  };
}

type Start = RedisOptions & { port: number; password: string };

function startOn(program: RedisProgram, start: Start): Promise<SupervisedServer> {
  const folder = start.dataFolder ?? mkdtempSync(join(tmpdir(), "postern-redis-"));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return startSupervised({
    name: "Redis",
    ...(program.kind === "docker" ? inDocker(start) : onThisMachine(program, folder, start)),
    stopSignal: "TERM",
    readyLine: /Ready to accept connections/,
    portTakenLine: /Address already in use|Failed listening on port|port is already allocated/,
    logFile: start.logFile,
    throwAwayFolder: start.dataFolder ? undefined : folder,
  });
}

type LocalProgram = Extract<RedisProgram, { kind: "program" }>;

function onThisMachine(program: LocalProgram, folder: string, start: Start) {
  // In a file, because arguments can be read by every user of the machine.
  const configFile = join(folder, "redis.conf");
  const settings = [
    "bind 127.0.0.1",
    `port ${start.port}`,
    `requirepass ${start.password}`,
    `dir "${folder}"`,
    'save ""',
    `appendonly ${start.dataFolder ? "yes" : "no"}`,
    "maxmemory-policy noeviction",
  ];
  writeFileSync(configFile, `${settings.join("\n")}\n`, { mode: 0o600 });
  return {
    program: program.path,
    args: [configFile],
    environment: {
      PATH: process.env.PATH ?? "/usr/bin:/bin",
      LC_ALL: "C",
      ...(program.libraryPath && { LD_LIBRARY_PATH: program.libraryPath }),
    },
  };
}

const containerName = (port: number) => `postern-redis-${port}`;

function inDocker({ port, password }: Start) {
  const container = ["--rm", "--name", containerName(port), "-p", `127.0.0.1:${port}:6379`];
  return {
    program: "docker",
    args: ["run", ...container, REDIS_IMAGE, "valkey-server", "--requirepass", password],
    environment: { ...process.env } as Record<string, string>,
  };
}

function freezing(program: RedisProgram, pid: number, container: string) {
  const signal = async (name: "SIGSTOP" | "SIGCONT", verb: "pause" | "unpause") => {
    if (program.kind === "program") process.kill(pid, name);
    else await run("docker", [verb, container]);
  };
  return {
    freeze: () => signal("SIGSTOP", "pause"),
    thaw: () => signal("SIGCONT", "unpause"),
  };
}
