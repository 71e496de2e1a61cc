import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cacheFolder } from "../repository.ts";
import { run } from "../run.ts";
import { MutantsError } from "./mutants-error.ts";

export type CheckoutCopy = Disposable & { readonly root: string };

/**
 * A copy of the checkout as it stands, changes that are not committed included, in a temporary
 * folder. Faults are planted there, so nothing that ends this process can leave one in the checkout.
 *
 * Packages of others are not copied but linked. Those of the workspace are links relative to the
 * package that needs them, so in the copy they lead to the copy.
 */
export async function copyCheckout(checkout: string): Promise<CheckoutCopy> {
  const listed = await run("git", ["ls-files", "-z", "-co", "--exclude-standard"], {
    cwd: checkout,
  });
  if (!listed.ok) throw new MutantsError(`git cannot list the files: ${listed.everything.trim()}`);
  // Listed too: files that were deleted and are still in the index.
  const listing = listed.output.split("\0").filter((file) => file !== "");
  const files = listing.filter((file) => existsSync(join(checkout, file)));
  const root = realpathSync(mkdtempSync(join(tmpdir(), "postern-mutants-")));
  const remove = () => rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  // Ctrl-C leaves nothing behind either.
  process.once("exit", remove);
  for (const file of files) copy(checkout, root, file);
  const packages = files.filter((file) => /(^|\/)package\.json$/.test(file)).map(dirname);
  for (const folder of packages) linkModules(checkout, root, join(folder, "node_modules"));
  // The Redis that was fetched for this checkout.
  linkIfThere(join(cacheFolder, "redis-package"), join(root, ".postern/redis-package"));
  return { root, [Symbol.dispose]: remove };
}

function copy(checkout: string, root: string, path: string): void {
  cpSync(join(checkout, path), join(root, path), { recursive: true, verbatimSymlinks: true });
}

/** A package's node_modules hold links alone, but for the store in those of the root. */
function linkModules(checkout: string, root: string, modules: string): void {
  const store = join(modules, ".pnpm");
  if (!existsSync(join(checkout, modules))) return;
  cpSync(join(checkout, modules), join(root, modules), {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => path !== join(checkout, store) && !path.endsWith("node_modules/.cache"),
  });
  linkIfThere(join(checkout, store), join(root, store));
}

function linkIfThere(target: string, link: string): void {
  if (!existsSync(target)) return;
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(target, link);
}
