import { randomBytes } from "node:crypto";
import { createKeyRing, createPasswordHasher, open } from "@postern/crypto";
import type { Sealed } from "@postern/schema";
import type { Sql } from "postgres";
import type { Environment } from "./postern.ts";

export const PASSWORD = "correct horse battery staple";
const PAGE_ROWS = 10_000;

export const emailOf = (n: number): string => `person${n}@example.com`;
export const phoneOf = (n: number): string => `+2547${String(n).padStart(8, "0")}`;

/** As many accounts with one password, each with a phone number in a plain column of the app's. */
export async function fillUsers(sql: Sql, rows: number): Promise<void> {
  const passwords = createPasswordHasher({ concurrency: 1, queueMax: 1 });
  const hash = await passwords.hash(PASSWORD);
  await sql`alter table postern.users add phone_number text`;
  await sql`
    insert into postern.users (email, name, password_hash, phone_number)
    select 'person' || n || '@example.com', 'Person', ${hash}, '+2547' || lpad(n::text, 8, '0')
    from generate_series(1, ${rows}::int) n`;
  await sql`create index users_by_plain_phone on postern.users (phone_number)`;
  await sql`vacuum analyze postern.users`;
}

/** The environment at each turn of the key; every process can open what any of them sealed. */
export function keysAt(environment: Environment): (id: 1 | 2 | 3) => Environment {
  const first = environment.SYSTEM_ENCRYPTION_KEY ?? "";
  const hexes = [first, randomBytes(32).toString("hex"), randomBytes(32).toString("hex")];
  const named = hexes.map((hex, at) => ({ id: at + 1, hex }));
  return (id) => ({
    ...environment,
    SYSTEM_ENCRYPTION_KEY: hexes[id - 1] ?? "",
    SYSTEM_ENCRYPTION_KEY_ID: String(id),
    SYSTEM_ENCRYPTION_KEYS_PREVIOUS: named
      .filter((key) => key.id !== id)
      .map((key) => `${key.id}:${key.hex}`)
      .join(","),
  });
}

export function ringOf(environment: Environment) {
  const { SYSTEM_ENCRYPTION_KEY: hex = "", SYSTEM_ENCRYPTION_KEY_ID: id = "1" } = environment;
  const previous = (environment.SYSTEM_ENCRYPTION_KEYS_PREVIOUS ?? "").split(",").map((text) => {
    const [otherId, otherHex = ""] = text.split(":");
    return { id: Number(otherId), hex: otherHex };
  });
  return createKeyRing({ active: { id: Number(id), hex }, previous });
}

export const placeOf = (rowId: string) =>
  ({ table: "users", column: "encrypted_phone_number", rowId }) as const;

type Row = { id: string; email: string; phone_number: string | null; sealed: Sealed | null };

/** Rows whose sealed number is not the one that they were given, whoever looks. */
export async function countDiffering(sql: Sql, environment: Environment): Promise<number> {
  const ring = ringOf(environment);
  let differing = 0;
  const rows = sql<Row[]>`
    select id, email, phone_number, encrypted_phone_number as sealed from postern.users`;
  await rows.cursor(PAGE_ROWS, (page) => {
    for (const row of page) if (!isRight(row)) differing += 1;
  });
  return differing;

  function isRight({ id, email, phone_number, sealed }: Row): boolean {
    const expected = phoneOf(Number(/\d+/.exec(email)?.[0]));
    if (sealed === null || phone_number !== expected) return false;
    try {
      return open(ring, sealed as never, placeOf(id)) === expected;
    } catch {
      return false;
    }
  }
}
