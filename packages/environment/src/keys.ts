import { checkKey, type KeyCheck, keyFingerprint, type RootKey } from "@postern/crypto";

/** The variables that hold keys, as far as they could be read. */
export type KeyVariables = Partial<{
  SYSTEM_ENCRYPTION_KEY: string;
  SYSTEM_ENCRYPTION_KEY_ID: number;
  SYSTEM_ENCRYPTION_KEYS_PREVIOUS: string;
  BLIND_INDEX_KEY: string;
  PASSWORD_PEPPER: string;
  PASSWORD_PEPPER_ID: number;
  PASSWORD_PEPPERS_PREVIOUS: string;
}>;

type NamedKey = { variable: string; hex: string };

const KEY_ID_MAX = 4_294_967_295;

const FAULTS: Readonly<Record<Exclude<KeyCheck, "ok">, string>> = {
  malformed: "must be 64 hexadecimal digits",
  weak: "is too regular to be random; make one with `openssl rand -hex 32`",
  published: "is known to the public; make another with `openssl rand -hex 32`",
};

/**
 * One line for each bad key: malformed, weak, published, or the same for two purposes or two ids
 * . Names variables, never a key or a part of one.
 */
export function findKeyFaults(values: KeyVariables): string[] {
  const previous = {
    SYSTEM_ENCRYPTION_KEYS_PREVIOUS: parseKeys(values.SYSTEM_ENCRYPTION_KEYS_PREVIOUS),
    PASSWORD_PEPPERS_PREVIOUS: parseKeys(values.PASSWORD_PEPPERS_PREVIOUS),
  };
  const malformedLists = Object.entries(previous).flatMap(([variable, keys]) =>
    keys === null ? [`${variable} must be written id:key,id:key`] : [],
  );
  const keys = [
    ...active("SYSTEM_ENCRYPTION_KEY", values.SYSTEM_ENCRYPTION_KEY),
    ...active("BLIND_INDEX_KEY", values.BLIND_INDEX_KEY),
    ...active("PASSWORD_PEPPER", values.PASSWORD_PEPPER),
    ...Object.entries(previous).flatMap(([variable, list]) =>
      (list ?? []).map(({ hex }) => ({ variable, hex })),
    ),
  ];
  return [
    ...malformedLists,
    ...keys.flatMap(faultOf),
    ...findSharedKeys(keys),
    ...findRepeatedIds(values, previous),
  ];
}

/** The keys of a service, as `createKeyRing` and `createDigestKeys` take them. */
export type ServiceKeys = Readonly<{
  sealing: { active: RootKey; previous: readonly RootKey[] };
  blindIndexHex: string;
  pepper: { active: RootKey; previous: readonly RootKey[] } | null;
}>;

/** The keys of variables in which `findKeyFaults` found no fault. */
export function readKeys(values: KeyVariables): ServiceKeys {
  const pepper = values.PASSWORD_PEPPER;
  return {
    sealing: {
      active: {
        id: values.SYSTEM_ENCRYPTION_KEY_ID ?? 1,
        hex: values.SYSTEM_ENCRYPTION_KEY ?? "",
      },
      previous: parseKeys(values.SYSTEM_ENCRYPTION_KEYS_PREVIOUS) ?? [],
    },
    blindIndexHex: values.BLIND_INDEX_KEY ?? "",
    pepper:
      pepper === undefined
        ? null
        : {
            active: { id: values.PASSWORD_PEPPER_ID ?? 1, hex: pepper },
            previous: parseKeys(values.PASSWORD_PEPPERS_PREVIOUS) ?? [],
          },
  };
}

const active = (variable: string, hex: string | undefined): NamedKey[] =>
  hex === undefined ? [] : [{ variable, hex }];

function faultOf({ variable, hex }: NamedKey): string[] {
  const check = checkKey(hex);
  return check === "ok" ? [] : [`${variable} ${FAULTS[check]}`];
}

/** Equal keys, whatever the case of their digits, break the separation of purposes. */
function findSharedKeys(keys: readonly NamedKey[]): string[] {
  const sound = keys.filter(({ hex }) => checkKey(hex) === "ok");
  const byFingerprint = Map.groupBy(sound, ({ hex }) => keyFingerprint(hex));
  return [...byFingerprint.values()]
    .filter((same) => same.length > 1)
    .map((same) => `${same.map(({ variable }) => variable).join(" and ")} hold the same key`);
}

function findRepeatedIds(
  values: KeyVariables,
  previous: Readonly<Record<string, RootKey[] | null>>,
): string[] {
  const activeIds: Readonly<Record<string, number | undefined>> = {
    SYSTEM_ENCRYPTION_KEYS_PREVIOUS: values.SYSTEM_ENCRYPTION_KEY_ID,
    PASSWORD_PEPPERS_PREVIOUS: values.PASSWORD_PEPPER_ID,
  };
  return Object.entries(previous).flatMap(([variable, keys]) => {
    const ids = [...(keys ?? []).map(({ id }) => id), activeIds[variable]];
    return new Set(ids).size < ids.length ? [`${variable} uses an id twice`] : [];
  });
}

/** `id:hex,id:hex`; null where it is not written so. */
function parseKeys(text = ""): RootKey[] | null {
  const entries = text.split(",").filter((entry) => entry.trim() !== "");
  const keys = entries.map((entry) => /^(\d{1,10}):(\S+)$/.exec(entry.trim()));
  const parsed = keys.map((match) => ({ id: Number(match?.[1] ?? 0), hex: match?.[2] ?? "" }));
  return parsed.every(({ id }) => id >= 1 && id <= KEY_ID_MAX) ? parsed : null;
}
