import { existsSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheFolder } from "./repository.ts";
import { type RunResult, run } from "./run.ts";

const PACKAGES = ["redis-server", "valkey-server"];

export type FetchedRedis = { path: string; libraryPath: string };

/** What apt said last when it could not fetch a Redis; nothing where there is no apt. */
export type NotFetched = { said: string };

/**
 * Fetches the distribution's Redis on Debian and Ubuntu, without root and without installing it:
 * apt works on folders of its own, and the packages are only unpacked, under `.postern/`.
 *
 * It fails where there is no apt or it has no Redis. Two processes at once do the work twice and
 * keep one result, because the finished folder appears by a rename.
 */
export async function fetchRedisPackage(
  folder = join(cacheFolder, "redis-package"),
): Promise<FetchedRedis | NotFetched> {
  const kept = findServer(folder);
  if (kept) return kept;
  if (!(await run("apt-get", ["--version"])).ok) return { said: "" };

  mkdirSync(dirname(folder), { recursive: true });
  const draft = mkdtempSync(`${folder}-draft-`);
  try {
    const failure = await fetchInto(draft);
    if (failure) return failure;
    rmSync(folder, { recursive: true, force: true });
    renameSync(join(draft, "root"), folder);
  } catch (error) {
    // Another process put its own there first.
    if (!findServer(folder)) throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return findServer(folder) ?? { said: "" };
}

function findServer(folder: string): FetchedRedis | undefined {
  const path = PACKAGES.map((name) => join(folder, "usr/bin", name)).find(existsSync);
  if (!path) return undefined;
  const libraries = globSync(join(folder, "{usr/,}lib/*-linux-gnu*"));
  return { path, libraryPath: libraries.join(":") };
}

async function fetchInto(draft: string): Promise<NotFetched | undefined> {
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

  // It fails where any source is broken, and Redis may well come from another one.
  const update = await apt(["update", "-q"]);
  let last = update;
  for (const name of PACKAGES) {
    last = await apt(["install", "--simulate", "--no-install-recommends", name]);
    const needed = last.ok ? packagesIn(last.output) : [];
    if (needed.length === 0) continue;
    last = await apt(["download", "-q", ...needed]);
    if (last.ok) last = await unpack(cache, root);
    if (last.ok) return undefined;
  }
  const failures = [update, last].filter(({ ok }) => !ok).map(({ everything }) => everything);
  return { said: [...new Set(failures.map(lastLine))].join(" ") };
}

const lastLine = (text: string): string => text.trim().split("\n").at(-1) ?? "";

/** The package and the libraries that this machine lacks, from a rehearsed installation. */
function packagesIn(rehearsal: string): string[] {
  return [...rehearsal.matchAll(/^Inst (\S+)/gm)].map(([, needed]) => String(needed));
}

async function unpack(cache: string, root: string): Promise<RunResult> {
  let last: RunResult = { ok: false, output: "", everything: "" };
  for (const archive of globSync(join(cache, "*.deb"))) {
    last = await run("dpkg-deb", ["-x", archive, root]);
    if (!last.ok) return last;
  }
  return { ...last, ok: last.ok && findServer(root) !== undefined };
}
