import { checkKey, type KeyCheck, keyFingerprint, type RootKey } from "@postern/crypto";

/** The variables that hold keys, as far as they could be read. */
export type KeyVariables = Partial<{
  SYSTEM_ENCRYPTION_KEY: string;
  SYSTEM_ENCRYPTION_KEY_ID: number;
  SYSTEM_ENCRYPTION_KEYS_PREVIOUS: string;
  BLIND_INDEX_KEY: string;
}>;

const FAULTS: Readonly<Record<Exclude<KeyCheck, "ok">, string>> = {
  malformed: "must be 64 hexadecimal digits",
  weak: "is too regular to be random; make one with `openssl rand -hex 32`",
  published: "is known to the public; make another with `openssl rand -hex 32`",
};

/**
 * One line for each bad key: malformed, weak, published, or there twice (SECURITY.md R-46). Names
 * variables, never a key or a part of one.
 */
export function findKeyFaults(values: KeyVariables): string[] {
  const previous = parseKeys(values.SYSTEM_ENCRYPTION_KEYS_PREVIOUS);
  if (previous === null) return ["SYSTEM_ENCRYPTION_KEYS_PREVIOUS must be written id:key,id:key"];
  const keys = [
    { variable: "SYSTEM_ENCRYPTION_KEY", hex: values.SYSTEM_ENCRYPTION_KEY },
    { variable: "BLIND_INDEX_KEY", hex: values.BLIND_INDEX_KEY },
    ...previous.map(({ hex }) => ({ variable: "SYSTEM_ENCRYPTION_KEYS_PREVIOUS", hex })),
  ].filter((key): key is { variable: string; hex: string } => key.hex !== undefined);
  const faults = keys.flatMap(({ variable, hex }) => {
    const check = checkKey(hex);
    return check === "ok" ? [] : [`${variable} ${FAULTS[check]}`];
  });
  return [...faults, ...findRepetitions(keys), ...findRepeatedIds(values, previous)];
}

/** The root keys of variables in which `findKeyFaults` found no fault. */
export const readSealingKeys = (values: {
  SYSTEM_ENCRYPTION_KEY: string;
  SYSTEM_ENCRYPTION_KEY_ID: number;
  SYSTEM_ENCRYPTION_KEYS_PREVIOUS: string;
}) => ({
  active: { id: values.SYSTEM_ENCRYPTION_KEY_ID, hex: values.SYSTEM_ENCRYPTION_KEY },
  previous: parseKeys(values.SYSTEM_ENCRYPTION_KEYS_PREVIOUS) ?? [],
});

function findRepetitions(keys: readonly { variable: string; hex: string }[]): string[] {
  const sound = keys.filter(({ hex }) => checkKey(hex) === "ok");
  const byFingerprint = Map.groupBy(sound, ({ hex }) => keyFingerprint(hex));
  return [...byFingerprint.values()]
    .filter((same) => same.length > 1)
    .map((same) => `${same.map(({ variable }) => variable).join(" and ")} hold the same key`);
}

function findRepeatedIds(values: KeyVariables, previous: readonly RootKey[]): string[] {
  const ids = [values.SYSTEM_ENCRYPTION_KEY_ID, ...previous.map(({ id }) => id)];
  return new Set(ids).size < ids.length ? ["SYSTEM_ENCRYPTION_KEYS_PREVIOUS uses an id twice"] : [];
}

/** `id:hex,id:hex`; null where it is not written so. */
function parseKeys(text = ""): RootKey[] | null {
  const entries = text.split(",").filter((entry) => entry.trim() !== "");
  const matches = entries.map((entry) => /^(\d{1,10}):(\S+)$/.exec(entry.trim()));
  const keys = matches.map((match) => ({ id: Number(match?.[1] ?? 0), hex: match?.[2] ?? "" }));
  return keys.every(({ id }) => id >= 1 && id <= 0xff_ff_ff_ff) ? keys : null;
}
