import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tryOwnSchema, trySharedSchema, tryStar } from "./check-packages/beside-kit.ts";
import { checkTarball } from "./check-packages/check-tarball.ts";
import { type Major, majors, makeApp } from "./check-packages/make-app.ts";
import { must } from "./check-packages/must.ts";
import { bold, say } from "./dev/screen.ts";
import { startPostgres } from "./postgres.ts";
import { repositoryFolder } from "./repository.ts";

/** In the order of their needs. */
const PUBLISHED = ["schema", "crypto", "client"];

// The `pnpm check:packages` command: packs what is published, as it would be published, looks at
// the tarballs from outside, and lives with them in an app outside the workspace, on both majors of
// Drizzle.
const folder = mkdtempSync(join(tmpdir(), "postern-packages-"));
try {
  const tarballs: Record<string, string> = {};
  for (const name of PUBLISHED) tarballs[`@postern/${name}`] = await packAndCheck(name);
  await using postgres = await startPostgres();
  for (const major of majors) await tryOutside(major, { tarballs, serverUrl: postgres.url });
  say("The packed packages are sound.");
} catch (error) {
  process.stderr.write(`check:packages: ${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function packAndCheck(name: string): Promise<string> {
  const source = join(repositoryFolder, "packages", name);
  const file = join(folder, `${name}.tgz`);
  await must(["pnpm", "pack", "--out", file], { cwd: source });
  await checkTarball({ name, source, file }, folder);
  say(`${bold(`@postern/${name}`)}: publint, attw, contents, and the README's snippets run`);
  return file;
}

type Outside = { tarballs: Readonly<Record<string, string>>; serverUrl: string };

async function tryOutside(major: Major, { tarballs, serverUrl }: Outside): Promise<void> {
  const app = await makeApp(join(folder, `app${major.suffix}`), major, tarballs);
  await must([join(app.folder, "node_modules/.bin/tsc"), "-p", app.folder]);
  const ways = [tryOwnSchema, trySharedSchema, tryStar];
  await Promise.all(ways.map((tryBeside) => tryBeside(app, serverUrl)));
  say(`${bold(major.name)}: types, postern-schema push, and the app's own drizzle-kit beside it`);
}
