import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { unprivilegedAccount } from "./account.ts";
import { onFreePort } from "./find-free-port.ts";
import { findInstalledPostgres } from "./installed-postgres.ts";
import { postgresBinaries } from "./postgres-binaries.ts";
import {
  type Cluster,
  keptFolder,
  makeCluster,
  POSTGRES_ENVIRONMENT,
  throwAwayFolder,
} from "./postgres-cluster.ts";
import { ServerStartError, type SupervisedServer, startSupervised } from "./supervised-server.ts";

export type PostgresOptions = {
  /** Kept after stop; without it the data is thrown away and nothing waits for the disk. */
  dataFolder?: string | undefined;
  /** Without it a free one. */
  port?: number | undefined;
  logFile?: string | undefined;
  /** The distribution's server of that major version, such as 15. Without it the 18 we bring. */
  major?: number | undefined;
  settings?: Readonly<Record<string, string>> | undefined;
};

export type Postgres = AsyncDisposable & {
  /** Of the superuser, for the database `postgres`. */
  url: string;
  port: number;
  /** Of the postmaster. */
  pid: number;
  dataFolder: string;
  /** Settles when the server is gone, for whatever reason, with its exit code. */
  exited: Promise<number | null>;
  stop(): Promise<void>;
};

const RELEASE_TRIES_MAX = 50;
const RELEASE_TRY_MILLISECONDS = 200;

const SETTINGS = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "300",
  shared_buffers: "128MB",
  timezone: "UTC",
  log_timezone: "UTC",
};

/**
 * Data that nobody will miss: no flush, no full pages, and no vacuum that holds a template busy.
 */
const THROW_AWAY_SETTINGS = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  wal_level: "minimal",
  max_wal_senders: "0",
  max_wal_size: "256MB",
  autovacuum: "off",
};

/**
 * Starts a real PostgreSQL 18 on 127.0.0.1, making its data folder where there is none.
 *
 * As root it runs as postgres or nobody, with the data moved to where that account can reach it.
 * It ends with this process, however this process ends. Throws PortTakenError, ServerStartError,
 * and an Error where the `major` asked for is not installed: see findInstalledPostgres().
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  const account = unprivilegedAccount();
  const { dataFolder } = options;
  const cluster: Cluster = {
    account,
    binaries: options.major ? installedPostgres(options.major) : postgresBinaries(account),
    hasFastPasswords: (options.major ?? 18) >= 16,
    folder: dataFolder ? keptFolder(dataFolder, account) : throwAwayFolder(account),
    isKept: dataFolder !== undefined,
  };
  const password = await makeCluster(cluster);
  const { server, port } = await onFreePort(options.port, async (port) => ({
    server: await afterPredecessor(() => startOn(cluster, port, options)),
    port,
  }));
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    port,
    dataFolder: cluster.folder,
    ...server,
    [Symbol.asyncDispose]: server.stop,
  };
}

function installedPostgres(major: number): string {
  const folder = findInstalledPostgres(major);
  if (!folder) throw new Error(`PostgreSQL ${major} is not installed on this machine.`);
  return folder;
}

function startOn(cluster: Cluster, port: number, options: PostgresOptions) {
  const settings: Record<string, string> = {
    ...SETTINGS,
    ...(cluster.isKept ? {} : THROW_AWAY_SETTINGS),
    ...options.settings,
    port: String(port),
  };
  return startSupervised({
    name: "PostgreSQL",
    program: join(cluster.binaries, "bin/postgres"),
    args: [
      "-D",
      cluster.folder,
      ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    ],
    environment: POSTGRES_ENVIRONMENT,
    account: cluster.account,
    stopSignal: "INT",
    readyLine: /database system is ready to accept connections/,
    portTakenLine: /could not create any TCP\/IP sockets/,
    logFile: options.logFile,
    throwAwayFolder: cluster.isKept ? undefined : cluster.folder,
  });
}

/** A server whose starter was just killed needs a moment to leave its data folder. */
async function afterPredecessor(start: () => Promise<SupervisedServer>): Promise<SupervisedServer> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await start();
    } catch (error) {
      const isHeld =
        error instanceof ServerStartError &&
        /lock file "postmaster.pid" already exists|pre-existing shared memory/.test(error.output);
      if (!isHeld || tries === RELEASE_TRIES_MAX) throw error;
      await sleep(RELEASE_TRY_MILLISECONDS);
    }
  }
}
