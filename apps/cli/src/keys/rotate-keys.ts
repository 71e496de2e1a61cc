import type { ServiceKeys } from "@postern/environment";
import { CliError } from "../cli-error.ts";
import type { Command, Context } from "../command.ts";
import { readDatabaseUrl, readKeysOf } from "../environment.ts";
import { openDatabase } from "../open-database.ts";
import { readOptions } from "../read-options.ts";
import { generateKey } from "./generate-keys.ts";
import { readInventory } from "./read-inventory.ts";
import { turnSigningKeys } from "./turn-signing-keys.ts";

const KEY_ID_MAX = 4_294_967_295;

const help = `Usage: pnpm postern keys rotate [--json | --now]

Makes a new sealing key and prints the lines of the environment that turn to it, in two steps, so
that no process meets a value under a key that it does not have:

  1. every process learns the new key, and still seals with the old one;
  2. every process seals with the new key, and still opens with the old one.

Then \`pnpm postern rotate start\` seals everything again, and \`pnpm postern rotate status\` says when
the old key can go. Where all processes stop and start at once, the second step is enough. The id is
the next that neither the environment nor, where DATABASE_URL is set, the database knows.

  --json   print an object of both steps instead
  --now    let the next key sign access tokens, before its time; no sealing key is touched
`;

type Lines = Readonly<Record<string, string | number>>;

export const rotateKeys: Command = {
  help,
  run: async (words, context) => {
    const { json, now } = readOptions(words, {
      json: { type: "boolean", default: false },
      now: { type: "boolean", default: false },
    });
    if (now) return turnSigningKeys(context);
    const { service } = readKeysOf(context.environment);
    const id = await nextId(service, context);
    const steps = stepsTo({ id, hex: generateKey() }, service);
    if (json) context.print(JSON.stringify(steps));
    else tell(steps, context);
    return 0;
  },
};

async function nextId({ sealing }: ServiceKeys, { environment }: Context): Promise<number> {
  const url = readDatabaseUrl(environment);
  await using database = url === null ? null : openDatabase(url, 1);
  const seen = database ? await readInventory(database.sql) : [];
  const ids = [
    sealing.active.id,
    ...sealing.previous.map(({ id }) => id),
    ...seen.filter(({ purpose }) => purpose === "sealing").map(({ id }) => id),
  ];
  const id = Math.max(...ids) + 1;
  if (id > KEY_ID_MAX) throw new CliError(`There is no id above ${KEY_ID_MAX}.`);
  return id;
}

function stepsTo(fresh: { id: number; hex: string }, { sealing }: ServiceKeys) {
  const written = (keys: readonly { id: number; hex: string }[]) =>
    keys.map(({ id, hex }) => `${id}:${hex}`).join(",");
  const { active, previous } = sealing;
  const first: Lines = { SYSTEM_ENCRYPTION_KEYS_PREVIOUS: written([fresh, ...previous]) };
  const second: Lines = {
    SYSTEM_ENCRYPTION_KEY: fresh.hex,
    SYSTEM_ENCRYPTION_KEY_ID: fresh.id,
    SYSTEM_ENCRYPTION_KEYS_PREVIOUS: written([active, ...previous]),
  };
  return { first, second };
}

function tell({ first, second }: { first: Lines; second: Lines }, { print }: Context): void {
  const lines = (step: Lines) => Object.entries(step).map(([name, value]) => `${name}=${value}`);
  print("# 1. Change this line for every service and restart them all.");
  for (const line of lines(first)) print(line);
  print("");
  print("# 2. Then change these for every service and restart them all.");
  for (const line of lines(second)) print(line);
  print("");
  print("# 3. Then: pnpm postern rotate start");
}
