import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { fetchRedisPackage } from "./apt-redis.ts";
import { run } from "./run.ts";

const NAMES = ["redis-server", "valkey-server"];
export const REDIS_IMAGE = "valkey/valkey:8-alpine";

/** How to run a Redis here: a program with the libraries it needs, or a container. */
export type RedisProgram =
  | { kind: "program"; path: string; libraryPath?: string | undefined }
  | { kind: "docker" };

/**
 * Finds a Redis: on the path; else the distribution's package, fetched without root and kept under
 * `.postern/`; else Docker. Throws one line that says what to install.
 */
export async function findRedisProgram(): Promise<RedisProgram> {
  const path = NAMES.map(onPath).find((found) => found !== undefined);
  if (path) return { kind: "program", path };
  const fetched = await fetchRedisPackage();
  if ("path" in fetched) return { kind: "program", ...fetched };
  if ((await run("docker", ["version", "--format", "{{.Server.Version}}"])).ok) {
    return { kind: "docker" };
  }
  const advice = "install redis-server or valkey-server, start Docker, or set REDIS_URL.";
  const said = fetched.said && ` apt-get said: ${fetched.said}`;
  throw new Error(`No Redis was found: ${advice}${said}`);
}

function onPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
