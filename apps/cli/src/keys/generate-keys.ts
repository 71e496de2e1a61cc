import { randomBytes } from "node:crypto";
import { checkKey } from "@postern/crypto";
import type { Command } from "../command.ts";
import { readOptions } from "../read-options.ts";

const KEY_BYTES = 32;

const help = `Usage: pnpm postern keys generate [--json]

Prints three fresh random keys as lines of an environment. Nothing is written anywhere: keep them
where your secrets are kept, and apart from the backups of the database.

  --json   print an object instead
`;

/** 256 random bits; drawn again in the rare case that the check finds them too regular. */
export function generateKey(): string {
  const hex = randomBytes(KEY_BYTES).toString("hex");
  return checkKey(hex) === "ok" ? hex : generateKey();
}

export const generateKeys: Command = {
  help,
  run: async (words, { print }) => {
    const { json } = readOptions(words, { json: { type: "boolean", default: false } });
    const keys = {
      SYSTEM_ENCRYPTION_KEY: generateKey(),
      BLIND_INDEX_KEY: generateKey(),
      PASSWORD_PEPPER: generateKey(),
    };
    if (json) print(JSON.stringify(keys));
    else for (const [name, value] of Object.entries(keys)) print(`${name}=${value}`);
    return 0;
  },
};
