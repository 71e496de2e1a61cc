import { rmSync } from "node:fs";
import { join } from "node:path";
import { PortTakenError } from "../find-free-port.ts";
import { type Postgres, startPostgres } from "../postgres.ts";
import { keptFolder } from "../postgres-cluster.ts";
import { type RedisServer, startRedis } from "../redis.ts";
import { findRedisProgram } from "../redis-program.ts";
import { ServerStartError } from "../supervised-server.ts";
import { DevError } from "./dev-error.ts";
import { isInUse, postmasterFile, removeStalePostmasterFile } from "./postmaster-file.ts";
import type { Settings } from "./settings.ts";

/** Where our own servers usually listen; far from those that a developer may run already. */
const POSTGRES_PORT = 55_432;
const REDIS_PORT = 56_379;

/** Throws the data of our own servers away. */
export function removeData({ folders }: Settings): void {
  const postgres = keptFolder(folders.postgres);
  if (isInUse(postgres)) throw inUse(postgres);
  rmSync(postgres, { recursive: true, force: true });
  rmSync(folders.redis, { recursive: true, force: true });
}

function inUse(dataFolder: string, cause?: unknown): DevError {
  const file = postmasterFile(dataFolder);
  const message = `A PostgreSQL runs on the data of pnpm dev, as ${file} says. Stop it first.`;
  return new DevError(message, { cause });
}

export async function startOwnPostgres(settings: Settings): Promise<Postgres> {
  const { folders, postgresPort } = settings;
  const dataFolder = keptFolder(folders.postgres);
  removeStalePostmasterFile(dataFolder);
  const start = (port: number | undefined) =>
    startPostgres({
      dataFolder: folders.postgres,
      port,
      logFile: join(folders.logs, "postgres.log"),
    });
  try {
    return await onUsualPort({ wanted: postgresPort, usual: POSTGRES_PORT, start });
  } catch (error) {
    if (!(error instanceof ServerStartError) || !error.output.includes("postmaster.pid"))
      throw error;
    throw inUse(dataFolder, error);
  }
}

/** `postgres` holds the lock on the data of both, so Redis starts after it. */
export async function startOwnRedis(
  settings: Settings,
  postgres: Promise<unknown>,
): Promise<RedisServer> {
  const { folders, redisPort } = settings;
  // The first time it is fetched, and that can go on meanwhile.
  await Promise.all([findRedisProgram(), postgres]);
  const start = (port: number | undefined) =>
    startRedis({ dataFolder: folders.redis, port, logFile: join(folders.logs, "redis.log") });
  return onUsualPort({ wanted: redisPort, usual: REDIS_PORT, start });
}

type PortChoice<T> = {
  wanted: number | undefined;
  usual: number;
  start: (port: number | undefined) => Promise<T>;
};

/** The same port each time, so that a database client can remember it; another when it is taken. */
async function onUsualPort<T>({ wanted, usual, start }: PortChoice<T>): Promise<T> {
  try {
    return await start(wanted ?? usual);
  } catch (error) {
    if (wanted !== undefined || !(error instanceof PortTakenError)) throw error;
    return start(undefined);
  }
}
