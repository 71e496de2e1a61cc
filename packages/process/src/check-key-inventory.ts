import { keyFingerprint, type RootKey } from "@postern/crypto";
import { BadEnvironmentError, type ServiceKeys } from "@postern/environment";
import { sql } from "drizzle-orm";
import type { Database } from "./open-database.ts";

/**
 * `no_records`: the database has none to compare with, since its schema was pushed by an older
 * version.
 */
export type KeyInventory = "checked" | "no_records";

type KnownKey = { purpose: Purpose; key_id: number; fingerprint: string };
type HeldKey = { purpose: Purpose; id: number; fingerprint: string; variable: string };
type Purpose = "sealing" | "blind_index" | "pepper";

/** BLIND_INDEX_KEY has no id in the environment: there is one for good. */
const ONLY_ID = 1;

type Reader = Pick<Database, "execute">;

/**
 * Compares the keys of this process with those that the database has seen, before anything is
 * written under them, and records the ones that are new.
 *
 * A wrong key would seal what nobody else opens and look up what nobody finds. Only fingerprints
 * are kept. Two processes that start at once with different new keys under one id: the second is
 * refused.
 *
 * @throws {BadEnvironmentError} naming each variable whose key the database knows otherwise
 */
export async function checkKeyInventory(
  db: Pick<Database, "execute" | "transaction">,
  keys: ServiceKeys,
): Promise<KeyInventory> {
  const [records] = await db.execute<{ exists: boolean }>(
    sql`select to_regclass('postern_internal.key_fingerprints') is not null as exists`,
  );
  if (!records?.exists) return "no_records";
  const held = heldKeys(keys);
  const known = await readKnown(db);
  refuseOthers(held, known);
  const fresh = held.filter((key) => !known.some((it) => isSame(it, key)));
  if (fresh.length > 0) {
    await db.transaction(async (tx) => {
      await tx.execute(sql`
        insert into postern_internal.key_fingerprints (purpose, key_id, fingerprint)
        select purpose, id, fingerprint from json_to_recordset(${JSON.stringify(fresh)}::json)
          as fresh (purpose text, id bigint, fingerprint text)
        on conflict do nothing`);
      // Another process may have been quicker, and then this sees its rows.
      refuseOthers(held, await readKnown(tx));
    });
  }
  return "checked";
}

const readKnown = (db: Reader): Promise<readonly KnownKey[]> =>
  db.execute<KnownKey>(
    sql`select purpose, key_id::float8 as key_id, fingerprint from postern_internal.key_fingerprints`,
  );

function heldKeys({ sealing, blindIndexHex, pepper }: ServiceKeys): HeldKey[] {
  const ring = (
    purpose: Purpose,
    name: string,
    list: { active: RootKey; previous: readonly RootKey[] },
  ) => [
    heldKey(purpose, list.active, name),
    ...list.previous.map((key) => heldKey(purpose, key, previousOf(name))),
  ];
  return [
    ...ring("sealing", "SYSTEM_ENCRYPTION_KEY", sealing),
    heldKey("blind_index", { id: ONLY_ID, hex: blindIndexHex }, "BLIND_INDEX_KEY"),
    ...(pepper ? ring("pepper", "PASSWORD_PEPPER", pepper) : []),
  ];
}

const heldKey = (purpose: Purpose, { id, hex }: RootKey, variable: string): HeldKey => ({
  purpose,
  id,
  fingerprint: keyFingerprint(hex),
  variable,
});

const previousOf = (name: string): string =>
  name === "PASSWORD_PEPPER" ? "PASSWORD_PEPPERS_PREVIOUS" : "SYSTEM_ENCRYPTION_KEYS_PREVIOUS";

const isSame = (known: KnownKey, { purpose, id, fingerprint }: HeldKey): boolean =>
  known.purpose === purpose && known.key_id === id && known.fingerprint === fingerprint;

function refuseOthers(held: readonly HeldKey[], known: readonly KnownKey[]): void {
  const faults = held.flatMap((key) => faultOf(key, known));
  if (faults.length > 0) throw new BadEnvironmentError(faults);
}

function faultOf({ purpose, id, fingerprint, variable }: HeldKey, known: readonly KnownKey[]) {
  const others = known.filter((it) => it.purpose === purpose);
  const sameId = others.find((it) => it.key_id === id);
  if (sameId && sameId.fingerprint !== fingerprint) {
    const what = purpose === "blind_index" ? "this database's" : `the key ${id} of this database`;
    return [
      `${variable} is not ${what}: that has the fingerprint ${sameId.fingerprint}, this one ${fingerprint}`,
    ];
  }
  const sameKey = others.find((it) => it.fingerprint === fingerprint);
  return sameKey && sameKey.key_id !== id
    ? [`${variable} has the id ${id}, but this database knows the key as ${sameKey.key_id}`]
    : [];
}
