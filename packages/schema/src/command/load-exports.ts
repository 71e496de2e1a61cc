import { createRequire } from "node:module";
import { relative } from "node:path";
import { pathToFileURL } from "node:url";
import { PushError } from "../database/push-error.ts";

type Exports = Readonly<Record<string, unknown>>;

const { cache } = createRequire(import.meta.url);

/**
 * Everything that these modules export, each under a name of its own.
 *
 * Node imports them where it can. What it cannot is left to jiti: imports without an extension,
 * enums, paths of tsconfig.json, and TypeScript at all before Node 22.18. Throws PushError, with
 * the reason in one line, where neither can.
 */
export async function loadExports(paths: readonly string[]): Promise<Exports> {
  const modules = await loadModules(paths);
  return Object.fromEntries(
    modules.flatMap(([path, exports]) =>
      // Node tells the names that a CommonJS module spreads into its exports as default alone.
      Object.entries(cache[path]?.exports ?? exports).map(
        ([name, value]) => [`${path}#${name}`, value] as const,
      ),
    ),
  );
}

export async function loadModule(path: string): Promise<Exports> {
  const [module] = await loadModules([path]);
  return module?.[1] ?? {};
}

type Module = readonly [path: string, exports: Exports];

/** All of them in one way: a module that two of them import must not be there twice. */
async function loadModules(paths: readonly string[]): Promise<Module[]> {
  try {
    return await loadEach(paths, (path) => import(pathToFileURL(path).href));
  } catch {
    const { createJiti } = await import("jiti");
    const [first = import.meta.url] = paths;
    const jiti = createJiti(first, { fsCache: false, tsconfigPaths: true, tryNative: false });
    return loadEach(paths, (path) => jiti.import<Exports>(path).catch(refuse(path)));
  }
}

async function loadEach(
  paths: readonly string[],
  load: (path: string) => Promise<Exports>,
): Promise<Module[]> {
  const modules: Module[] = [];
  for (const path of paths) modules.push([path, await load(path)]);
  return modules;
}

function refuse(path: string) {
  return (error: unknown): never => {
    const [line] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new PushError(`${relative(process.cwd(), path)} cannot be loaded: ${line}`, {
      cause: error,
    });
  };
}
