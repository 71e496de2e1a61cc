import { existsSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheFolder } from "./repository.ts";
import { run } from "./run.ts";

const PACKAGES = ["redis-server", "valkey-server"];

export type FetchedRedis = { path: string; libraryPath: string };

/**
 * Fetches the distribution's Redis on Debian and Ubuntu, without root and without installing it:
 * apt works on folders of its own, and the packages are only unpacked, under `.postern/`.
 *
 * Undefined where there is no apt or it has no Redis. Two processes at once do the work twice and
 * keep one result, because the finished folder appears by a rename.
 */
export async function fetchRedisPackage(
  folder = join(cacheFolder, "redis-package"),
): Promise<FetchedRedis | undefined> {
  const kept = findServer(folder);
  if (kept) return kept;
  if (!(await run("apt-get", ["--version"])).ok) return undefined;

  mkdirSync(dirname(folder), { recursive: true });
  const draft = mkdtempSync(`${folder}-draft-`);
  try {
    if (!(await fetchInto(draft))) return undefined;
    rmSync(folder, { recursive: true, force: true });
    renameSync(join(draft, "root"), folder);
  } catch (error) {
    // Another process put its own there first.
    if (!findServer(folder)) throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return findServer(folder);
}

function findServer(folder: string): FetchedRedis | undefined {
  const path = PACKAGES.map((name) => join(folder, "usr/bin", name)).find(existsSync);
  if (!path) return undefined;
  const libraries = globSync(join(folder, "{usr/,}lib/*-linux-gnu*"));
  return { path, libraryPath: libraries.join(":") };
}

async function fetchInto(draft: string): Promise<boolean> {
  const root = join(draft, "root");
  const lists = join(draft, "lists");
  const cache = join(draft, "cache");
  for (const folder of [root, join(lists, "partial"), join(cache, "archives/partial")]) {
    mkdirSync(folder, { recursive: true });
  }
  const apt = (args: string[]) =>
    run(
      "apt-get",
      [
        ...["-o", `Dir::State::lists=${lists}`, "-o", `Dir::Cache=${cache}`],
        // As root apt would drop to an account that cannot write here.
        ...["-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User=root"],
        ...args,
      ],
      { cwd: cache },
    );

  if (!(await apt(["update", "-q"])).ok) return false;
  for (const name of PACKAGES) {
    const needed = await packagesNeeded(apt, name);
    if (needed.length === 0) continue;
    if ((await apt(["download", "-q", ...needed])).ok) return unpack(cache, root);
  }
  return false;
}

type Apt = (args: string[]) => ReturnType<typeof run>;

/** The package and the libraries that this machine lacks, from a rehearsed installation. */
async function packagesNeeded(apt: Apt, name: string): Promise<string[]> {
  const rehearsal = await apt(["install", "--simulate", "--no-install-recommends", name]);
  if (!rehearsal.ok) return [];
  return [...rehearsal.output.matchAll(/^Inst (\S+)/gm)].map(([, needed]) => String(needed));
}

async function unpack(cache: string, root: string): Promise<boolean> {
  for (const archive of globSync(join(cache, "*.deb"))) {
    if (!(await run("dpkg-deb", ["-x", archive, root])).ok) return false;
  }
  return findServer(root) !== undefined;
}
