import { createRequire } from "node:module";
import { relative } from "node:path";
import { pathToFileURL } from "node:url";
import { PushError } from "../push/push-error.ts";

const { cache } = createRequire(import.meta.url);

type Exports = Readonly<Record<string, unknown>>;

/**
 * Everything that these modules export, each under a name of its own.
 *
 * Node imports them where it can. What it cannot is left to jiti: imports without an extension,
 * enums, paths of tsconfig.json, and TypeScript at all before Node 22.18. Throws PushError, with the
 * reason in one line, where neither can.
 */
export async function loadExports(paths: readonly string[]): Promise<Exports> {
  const modules: (readonly [string, Exports])[] = [];
  for (const path of paths) modules.push([path, namesOf(path, await loadModule(path))]);
  return Object.fromEntries(
    modules.flatMap(([path, exports]) =>
      Object.entries(exports).map(([name, value]) => [`${path}#${name}`, value] as const),
    ),
  );
}

/** Node tells the names that a CommonJS module spreads into its exports as default alone. */
const namesOf = (path: string, exports: Exports): Exports => cache[path]?.exports ?? exports;

export async function loadModule(path: string): Promise<Exports> {
  try {
    return (await import(pathToFileURL(path).href)) as Exports;
  } catch {
    return loadWithJiti(path);
  }
}

async function loadWithJiti(path: string): Promise<Exports> {
  try {
    const { createJiti } = await import("jiti");
    return await createJiti(path, { fsCache: false, tsconfigPaths: true }).import<Exports>(path);
  } catch (error) {
    const [line] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new PushError(`${relative(process.cwd(), path)} cannot be loaded: ${line}`, {
      cause: error,
    });
  }
}
