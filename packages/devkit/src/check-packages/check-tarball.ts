import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { must } from "./must.ts";

/** What a tarball holds beside dist/ and the SQL that the schema package runs. */
const ROOT_FILES = ["package.json", "README.md", "LICENSE"];
const CODE = /^dist\/(?!.*testing\/|.*\.test\.).+\.(js|d\.ts|js\.map)$/;
const SQL = /^(sql|migrations)\/.+\.sql$/;
const SNIPPET = /^```js\n(.*?)^```$/gms;

export type Tarball = {
  /** The package's name without its scope. */
  name: string;
  /** Its folder in the repository. */
  source: string;
  file: string;
};

/** Looks at a packed package from outside: contents, publint, attw, and the README's snippets. */
export async function checkTarball(tarball: Tarball, folder: string): Promise<void> {
  const unpacked = await unpack(tarball, folder);
  refuseWhatIsOurs(tarball.name, unpacked);
  await must(["publint", "run", tarball.file, "--strict"], { cwd: folder });
  await must(["attw", tarball.file, "--profile", "esm-only"], { cwd: folder });
  const snippets = [...readFileSync(join(unpacked, "README.md"), "utf8").matchAll(SNIPPET)];
  if (snippets.length === 0) throw new Error(`The README of ${tarball.name} has no js snippet.`);
  for (const [, snippet = ""] of snippets) {
    writeFileSync(join(folder, "snippet.mjs"), snippet);
    await must([process.execPath, "snippet.mjs"], { cwd: folder });
  }
}

/** Unpacks a tarball where an application would have it, beside what it depends on. */
async function unpack({ name, source, file }: Tarball, folder: string): Promise<string> {
  const modules = join(folder, "node_modules");
  const unpacked = join(modules, "@postern", name);
  mkdirSync(unpacked, { recursive: true });
  await must(["tar", "-xzf", file, "-C", unpacked, "--strip-components=1"]);
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
    ROOT_FILES.includes(file) || CODE.test(file) || (name === "schema" && SQL.test(file));
  const stray = files.find((file) => !isWelcome(file));
  if (stray) throw new Error(`The tarball of ${name} holds ${stray}.`);
  const absent = ROOT_FILES.find((file) => !files.includes(file));
  if (absent) throw new Error(`The tarball of ${name} lacks ${absent}.`);
}
