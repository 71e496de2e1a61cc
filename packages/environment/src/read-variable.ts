import { readFileSync } from "node:fs";

/** What a process is started with: names and texts; an unset name is absent or undefined. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A secret is short; a larger file is somebody's mistake. */
const FILE_BYTES_MAX = 64 * 1024;

/** `text` is null where the variable is unset or empty. A fault names the variable, never a value or a path. */
export type Variable = { text: string | null } | { fault: string };

/** Reads `NAME`, or the file that `NAME_FILE` names without its last line break (as Docker mounts secrets). */
export function readVariable(environment: Environment, name: string): Variable {
  const text = environment[name] ?? "";
  const file = environment[`${name}_FILE`] ?? "";
  if (file === "") {
    return { text: text === "" ? null : text };
  }
  if (text !== "") {
    return { fault: `${name} and ${name}_FILE are both set: set one` };
  }
  return readSecretFile(file, name);
}

function readSecretFile(path: string, name: string): Variable {
  try {
    const content = readFileSync(path);
    if (content.length > FILE_BYTES_MAX) {
      return { fault: `${name}_FILE names a file over ${FILE_BYTES_MAX} bytes` };
    }
    const text = content.toString("utf8").replace(/\r?\n$/, "");
    return text === "" ? { fault: `${name}_FILE names an empty file` } : { text };
  } catch {
    return { fault: `${name}_FILE names a file that cannot be read` };
  }
}
