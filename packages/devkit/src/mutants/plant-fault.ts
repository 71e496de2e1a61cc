import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Fault } from "./fault.ts";

/** Why a fault cannot be planted any more; null where it can. */
export function findStaleness(root: string, { file, from, to, tests }: Fault): string | null {
  if (from === to) return "it changes nothing";
  const missing = [file, ...tests].find((path) => !existsSync(join(root, path)));
  if (missing) return `${missing} is not there`;
  const count = readFileSync(join(root, file), "utf8").split(from).length - 1;
  if (count === 1) return null;
  return count === 0 ? `its text no longer stands in ${file}` : `its text stands ${count} times`;
}

/** Puts the fault into the file. What it returns puts the file back as it was. */
export function plantFault(root: string, { file, from, to }: Fault): Disposable {
  const path = join(root, file);
  const sound = readFileSync(path, "utf8");
  // A function, because a replacement text may hold `$&` and the like.
  writeFileSync(
    path,
    sound.replace(from, () => to),
  );
  return { [Symbol.dispose]: () => writeFileSync(path, sound) };
}
