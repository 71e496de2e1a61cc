import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { freemem, tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { type Account, canReach, reachableFolder, unprivilegedAccount } from "./account.ts";
import { digestOf } from "./digest-of.ts";
import { ServerStartError } from "./supervised-server.ts";

const PASSWORD_FILE = "postern-password";
const MEMORY = "/dev/shm";
const MEMORY_BYTES_MIN = 2 * 1024 ** 3;

/** Where one PostgreSQL's programs and data lie, and who runs it (undefined: ourselves). */
export type Cluster = {
  account: Account | undefined;
  binaries: string;
  folder: string;
  isKept: boolean;
  /** PostgreSQL 16 and newer let the cost of a password's hash be chosen. */
  hasFastPasswords: boolean;
};

// Nothing of ours: a PGPORT or PGOPTIONS of the shell would change the server.
export const POSTGRES_ENVIRONMENT = {
  PATH: process.env.PATH ?? "/usr/bin:/bin",
  LC_ALL: "C",
  TZ: "UTC",
};

/** Where a data folder really lies: as asked for, unless the account cannot reach that place. */
export function keptFolder(wanted: string, account = unprivilegedAccount()): string {
  const parent = dirname(resolve(wanted));
  mkdirSync(parent, { recursive: true });
  if (canReach(account, parent)) return resolve(wanted);
  return join(reachableFolder(), `${basename(wanted)}-${digestOf(resolve(wanted))}`);
}

/**
 * A new, empty data folder that nobody will miss.
 *
 * In memory where there is room: a copy of a database took 8 ms there against 280 ms on a slow
 * disk. Containers often have 64 MiB of it, which is not enough.
 */
export function throwAwayFolder(account: Account | undefined): string {
  const places = [MEMORY, tmpdir()].filter((place) => canReach(account, place));
  const place = places.find((place) => place !== MEMORY || hasRoomInMemory());
  return mkdtempSync(join(place ?? reachableFolder(), "postern-postgres-"));
}

function hasRoomInMemory(): boolean {
  if (!existsSync(MEMORY)) return false;
  const { bavail, bsize } = statfsSync(MEMORY);
  return Math.min(bavail * bsize, freemem()) >= MEMORY_BYTES_MIN;
}

/**
 * Runs initdb where there is no data yet, and returns the superuser's password.
 *
 * Not `trust`: any local user could then run programs as the server's account. The password is 128
 * random bits, so it needs no slow hash, and connections stay quick.
 */
export async function makeCluster(cluster: Cluster): Promise<string> {
  const passwordFile = join(cluster.folder, PASSWORD_FILE);
  if (!existsSync(passwordFile)) await makeData(cluster, randomBytes(16).toString("hex"));
  return readFileSync(passwordFile, "utf8");
}

/** Made beside and renamed when whole, so that a start cut short leaves nothing half done. */
async function makeData(cluster: Cluster, password: string): Promise<void> {
  const draft = mkdtempSync(`${cluster.folder}-draft-`);
  const passwordFile = `${draft}.password`;
  try {
    writeFileSync(passwordFile, password, { mode: 0o600 });
    chmodSync(draft, 0o700);
    giveTo(cluster.account, draft);
    giveTo(cluster.account, passwordFile);
    await initdb(cluster, { draft, passwordFile });
    renameSync(passwordFile, join(draft, PASSWORD_FILE));
    renameSync(draft, cluster.folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    rmSync(passwordFile, { force: true });
    throw error;
  }
}

function giveTo(account: Account | undefined, path: string): void {
  if (account) chownSync(path, account.uid, account.gid);
}

type Draft = { draft: string; passwordFile: string };

async function initdb(cluster: Cluster, { draft, passwordFile }: Draft): Promise<void> {
  const options = ["-U", "postgres", "-A", "password", "-E", "UTF8", "--locale=C", "--no-sync"];
  if (cluster.hasFastPasswords) options.push("-c", "scram_iterations=1");
  const child = spawn(
    join(cluster.binaries, "bin/initdb"),
    ["-D", draft, ...options, "--pwfile", passwordFile],
    {
      cwd: "/",
      env: POSTGRES_ENVIRONMENT,
      stdio: ["ignore", "ignore", "pipe"],
      ...(cluster.account && { uid: cluster.account.uid, gid: cluster.account.gid }),
    },
  );
  let output = "";
  child.stderr.on("data", (chunk) => {
    output += chunk;
  });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once("error", reject).once("close", resolve);
  if ((await promise) !== 0) throw new ServerStartError("PostgreSQL (initdb)", output);
}
