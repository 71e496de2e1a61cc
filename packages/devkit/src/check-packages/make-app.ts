import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { repositoryFolder } from "../repository.ts";
import { must } from "./must.ts";

/** An app of somebody else's: `pnpm check:packages` copies it out of the workspace. */
const TEMPLATE = join(repositoryFolder, "packages/devkit/outside-app");

/** The majors of Drizzle: their packages' names in packages/schema, and our entry for them. */
export const majors = [
  { name: "drizzle-orm 0.45", suffix: "", entry: "@postern/schema" },
  { name: "drizzle-orm 1.0", suffix: "-v1", entry: "@postern/schema/drizzle-v1" },
] as const;

export type Major = (typeof majors)[number];

export type App = { major: Major; folder: string };

/** An app outside the workspace, with what npm installs of our tarballs and of one major. */
export async function makeApp(
  folder: string,
  major: Major,
  tarballs: Readonly<Record<string, string>>,
): Promise<App> {
  cpSync(TEMPLATE, folder, { recursive: true });
  const manifestFile = join(folder, "package.json");
  const manifest = JSON.parse(readFileSync(manifestFile, "utf8")) as object;
  const dependencies = { ...tarballs, ...versionsOf(major) };
  writeFileSync(manifestFile, JSON.stringify({ ...manifest, dependencies }, null, 2));
  readdirSync(join(folder, "src")).forEach((file) => {
    importFrom(major.entry, join(folder, "src", file));
  });
  await must(["npm", "install", "--no-audit", "--no-fund", "--prefer-offline"], {
    cwd: folder,
    environment: { ...process.env, PATH: pathOfMachine() },
  });
  return { major, folder };
}

/** Without this repository's Node: run by another one, npm does not find the machine's settings for it. */
function pathOfMachine(): string {
  const entries = (process.env.PATH ?? "").split(delimiter);
  return entries.filter((entry) => !entry.endsWith(join("node_modules", ".bin"))).join(delimiter);
}

/** The very versions that this repository uses. */
function versionsOf({ suffix }: Major): Record<string, string> {
  const drizzle = ["drizzle-orm", "drizzle-kit"].map((name) => [
    name,
    versionIn(`packages/schema/node_modules/${name}${suffix}`),
  ]);
  return {
    ...Object.fromEntries(drizzle),
    postgres: versionIn("packages/schema/node_modules/postgres"),
    typescript: versionIn("node_modules/typescript"),
    "@types/node": versionIn("node_modules/@types/node"),
  };
}

function versionIn(folder: string): string {
  const manifest = readFileSync(join(repositoryFolder, folder, "package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

/** Only what depends on Drizzle has declarations for each major. */
function importFrom(entry: Major["entry"], file: string): void {
  const source = readFileSync(file, "utf8");
  writeFileSync(file, source.replaceAll(/(?<=from ")@postern\/schema(?=["/])/g, entry));
}
