import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { bold, say } from "./dev/screen.ts";
import { repositoryFolder } from "./repository.ts";
import { run } from "./run.ts";

/** In the order of their needs. */
const PUBLISHED = ["schema", "crypto"];
/** What a tarball may hold beside dist/. */
const PAPERS = ["package.json", "README.md", "LICENSE"];
const SNIPPET = /^```js\n(.*?)^```$/gms;

// The `pnpm check:packages` command: packs what is published, as it would be published, and looks at
// the tarballs from outside.
const folder = mkdtempSync(join(tmpdir(), "postern-packages-"));
try {
  for (const name of PUBLISHED) await checkPackage(name);
  say("The packed packages are sound.");
} catch (error) {
  process.stderr.write(`check:packages: ${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function checkPackage(name: string): Promise<void> {
  const source = join(repositoryFolder, "packages", name);
  const tarball = join(folder, `${name}.tgz`);
  await must("pnpm", ["pack", "--out", tarball], source);
  const unpacked = await install(name, source, tarball);
  refuseWhatIsOurs(name, unpacked);
  await must("publint", ["run", tarball, "--strict"]);
  await must("attw", [tarball, "--profile", "esm-only"]);
  const snippets = [...readFileSync(join(unpacked, "README.md"), "utf8").matchAll(SNIPPET)];
  if (snippets.length === 0) throw new Error(`The README of ${name} has no js snippet.`);
  for (const [, snippet = ""] of snippets) await runSnippet(snippet);
  say(`${bold(`@postern/${name}`)}: publint, attw, contents, and the README's snippets run`);
}

/** Unpacks a tarball where an application would have it, beside what it depends on. */
async function install(name: string, source: string, tarball: string): Promise<string> {
  const modules = join(folder, "node_modules");
  const unpacked = join(modules, "@postern", name);
  mkdirSync(unpacked, { recursive: true });
  await must("tar", ["-xzf", tarball, "-C", unpacked, "--strip-components=1"]);
  for (const dependency of foreignDependencies(unpacked)) {
    const link = join(modules, dependency);
    mkdirSync(dirname(link), { recursive: true });
    rmSync(link, { force: true });
    symlinkSync(join(source, "node_modules", dependency), link);
  }
  return unpacked;
}

function foreignDependencies(unpacked: string): string[] {
  const { dependencies = {}, peerDependencies = {} } = readManifest(unpacked);
  const names = Object.keys({ ...dependencies, ...peerDependencies });
  return names.filter((name) => !name.startsWith("@postern/"));
}

type Manifest = {
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
};

function readManifest(unpacked: string): Manifest {
  return JSON.parse(readFileSync(join(unpacked, "package.json"), "utf8")) as Manifest;
}

/** Workspace and catalog versions mean nothing outside, and tests and sources are not shipped. */
function refuseWhatIsOurs(name: string, unpacked: string): void {
  const { dependencies, peerDependencies } = readManifest(unpacked);
  const versions = Object.values({ ...dependencies, ...peerDependencies });
  const strange = versions.find((version) => /^(workspace|catalog|link|file):/.test(version));
  if (strange) throw new Error(`The packed manifest of ${name} depends on "${strange}".`);
  const files = readdirSync(unpacked, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(unpacked.length + 1));
  const isWelcome = (file: string) =>
    PAPERS.includes(file) || /^dist\/(?!.*testing\/|.*\.test\.).+\.(js|d\.ts|js\.map)$/.test(file);
  const stray = files.find((file) => !isWelcome(file));
  if (stray) throw new Error(`The tarball of ${name} holds ${stray}.`);
  const absent = PAPERS.find((file) => !files.includes(file));
  if (absent) throw new Error(`The tarball of ${name} lacks ${absent}.`);
}

async function runSnippet(snippet: string): Promise<void> {
  const file = join(folder, "snippet.mjs");
  writeFileSync(file, snippet);
  await must(process.execPath, [file]);
}

async function must(program: string, args: readonly string[], cwd = folder): Promise<void> {
  const { ok, everything } = await run(program, args, { cwd });
  if (!ok) throw new Error(`${[program, ...args].join(" ")} failed:\n${everything}`);
}
