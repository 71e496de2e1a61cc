import { keyFingerprint, keyRingStatus } from "@postern/crypto";
import type { Command, Context } from "../command.ts";
import { type Keys, readDatabase, readKeysOf } from "../environment.ts";
import { openDatabase } from "../open-database.ts";
import { readOptions } from "../read-options.ts";
import { readInventory, type SeenKey } from "./read-inventory.ts";
import { describeOldKeys } from "./removable-keys.ts";
import { type KeySurvey, surveyKeys } from "./survey-keys.ts";

const help = `Usage: pnpm postern keys status [--json]

Shows the keys of this environment by their fingerprints beside those that the database has seen, how
many rows are under each, and which old key can go. Exits with 1 where a key is not the database's,
or rows are under a key that is not here. Reads every table that has a sealed column.

  --json   print an object instead
`;

type HeldKey = NamedKey & { readonly isActive: boolean };

export const keyStatus: Command = {
  help,
  run: async (words, context) => {
    const { json } = readOptions(words, { json: { type: "boolean", default: false } });
    const { url } = readDatabase(context.environment);
    const keys = readKeysOf(context.environment);
    await using database = openDatabase(url, 1);
    const seen = await readInventory(database.sql);
    const survey = await surveyKeys(database.sql);
    const held = heldKeys(keys);
    const faults = [...findStrangers(held, seen), ...findLocked(keys, survey)];
    if (json) {
      const { columns } = survey;
      context.print(
        JSON.stringify({ held, seen, columns, old: describeOldKeys(keys.ring, survey), faults }),
      );
    } else tell({ held, seen, survey, old: describeOldKeys(keys.ring, survey) }, context);
    for (const fault of faults) context.note(`postern: ${fault}`);
    return faults.length > 0 ? 1 : 0;
  },
};

function heldKeys({ ring, service }: Keys): HeldKey[] {
  const sealing = keyRingStatus(ring).keys.map((key) => ({ purpose: "sealing" as const, ...key }));
  const { pepper, blindIndexHex } = service;
  const peppers = pepper ? [pepper.active, ...pepper.previous] : [];
  return [
    ...sealing,
    { purpose: "blind_index", id: 1, fingerprint: keyFingerprint(blindIndexHex), isActive: true },
    ...peppers.map(({ id, hex }, at) => ({
      purpose: "pepper" as const,
      id,
      fingerprint: keyFingerprint(hex),
      isActive: at === 0,
    })),
  ];
}

/** Keys that the database knows otherwise: nothing starts with them. */
const findStrangers = (held: readonly HeldKey[], seen: readonly SeenKey[]): string[] =>
  held.flatMap(({ purpose, id, fingerprint }) => {
    const known = seen.find((key) => key.purpose === purpose && key.id === id);
    return known && known.fingerprint !== fingerprint
      ? [`the ${purpose} key ${id} of this environment is not this database's`]
      : [];
  });

/** Rows that nobody with these keys can open. */
function findLocked({ ring }: Keys, { columns }: KeySurvey): string[] {
  return columns.flatMap(({ name, counts }) =>
    counts.flatMap(({ keyId, rows }) => {
      if (keyId === null) return [`${rows} rows of ${name} are not sealed`];
      return ring.ids.includes(keyId)
        ? []
        : [`${rows} rows of ${name} are under key ${keyId}, which is not in this environment`];
    }),
  );
}

type Findings = {
  held: readonly HeldKey[];
  seen: readonly SeenKey[];
  survey: KeySurvey;
  old: readonly string[];
};

function tell({ held, seen, survey, old }: Findings, { print }: Context): void {
  print("key            fingerprint       here      first seen by the database");
  for (const key of held) {
    const known = seen.find((it) => isSameKey(it, key));
    const since = known?.firstSeenAt.toISOString() ?? "not yet";
    print(lineOf(key, key.isActive ? "active" : "previous", since));
  }
  for (const key of seen.filter((it) => !held.some((other) => isSameKey(it, other)))) {
    print(lineOf(key, "no", key.firstSeenAt.toISOString()));
  }
  print("");
  for (const { name, counts } of survey.columns) {
    const parts = counts.map(({ keyId, rows }) => `${rows} under key ${keyId ?? "none"}`);
    print(`${name}: ${parts.join(", ") || "no rows"}`);
  }
  if (old.length > 0) print("");
  for (const text of old) print(text);
}

type NamedKey = Pick<SeenKey, "purpose" | "id" | "fingerprint">;

const isSameKey = (one: NamedKey, other: NamedKey): boolean =>
  one.purpose === other.purpose && one.id === other.id;

const lineOf = ({ purpose, id, fingerprint }: NamedKey, here: string, since: string): string =>
  `${`${purpose} ${id}`.padEnd(14)} ${fingerprint.padEnd(17)} ${here.padEnd(9)} ${since}`;
