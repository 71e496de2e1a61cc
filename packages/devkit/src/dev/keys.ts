import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { stateFolder } from "../repository.ts";

const newKey = () => randomBytes(32).toString("hex");

/**
 * The keys of this copy of the repository, made once and readable by their owner alone. They stay
 * when the data is thrown away: a database of the developer's own may hold what they sealed.
 */
export function readOrMakeKeys(folder = stateFolder): Record<string, string | undefined> {
  const file = join(folder, "env");
  mkdirSync(folder, { recursive: true });
  const text = [
    "# Made by pnpm dev, for development only. Without these keys the sealed data cannot be read.",
    `SYSTEM_ENCRYPTION_KEY=${newKey()}`,
    `BLIND_INDEX_KEY=${newKey()}`,
    "",
  ];
  try {
    writeFileSync(file, text.join("\n"), { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return parseEnv(readFileSync(file, "utf8"));
}
