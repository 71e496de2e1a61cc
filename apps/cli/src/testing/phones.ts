import { blindIndex, createDigestKeys, createKeyRing, open } from "@postern/crypto";
import type { Sealed } from "@postern/schema";
import type { World } from "./open-world.ts";

/** The options under which the tests encrypt the mobile numbers of people. */
export const PHONES = [
  ...["--table", "public.people", "--column", "mobile"],
  ...["--into", "sealed_mobile", "--index", "mobile_index", "--hint", "mobile_hint"],
  ...["--normalise", "phone", "--default-country", "KE"],
];

/** A valid Kenyan number as people write it, each another. */
export const phoneOf = (n: number): string => `07${10_000_000 + n}`;

/** What is sealed of it. */
export const normalised = (phone: string): string => `+254${phone.slice(1)}`;

export const fillPeople = ({ sql }: Pick<World, "sql">, count: number) =>
  sql`insert into people (mobile)
    select '07' || (10000000 + n)::text from generate_series(1, ${count}::int) n`;

type Person = {
  person_no: number;
  mobile: string | null;
  sealed_mobile: Sealed | null;
  mobile_index: string | null;
  mobile_hint: string | null;
};

/** Everyone's number as the sealed column has it, by id. Throws where one does not open, or is looked up otherwise. */
export async function openPhones({ sql, environment }: World): Promise<Map<number, string | null>> {
  const { ring, digests } = keysOf(environment);
  const rows = await sql<Person[]>`
    select person_no, sealed_mobile, mobile_index, mobile_hint from people order by 1`;
  return new Map(
    rows.map(({ person_no, sealed_mobile, mobile_index }) => {
      if (sealed_mobile === null) return [person_no, null];
      const place = { table: "people", column: "sealed_mobile", rowId: String(person_no) };
      const phone = open(ring, sealed_mobile, place);
      if (mobile_index !== blindIndex(digests, "people.mobile_index", phone)) {
        throw new Error(`Row ${person_no} has the index of another value.`);
      }
      return [person_no, phone];
    }),
  );
}

export function keysOf(environment: World["environment"]) {
  const {
    SYSTEM_ENCRYPTION_KEY: hex = "",
    SYSTEM_ENCRYPTION_KEY_ID: id = "1",
    SYSTEM_ENCRYPTION_KEYS_PREVIOUS: previous = "",
    BLIND_INDEX_KEY = "",
  } = environment;
  const others = previous.split(",").filter(Boolean);
  const ring = createKeyRing({
    active: { id: Number(id), hex },
    previous: others.map((text) => {
      const [otherId, otherHex = ""] = text.split(":");
      return { id: Number(otherId), hex: otherHex };
    }),
  });
  return { ring, digests: createDigestKeys(BLIND_INDEX_KEY) };
}

/** What check_encryption_migration_status() says of a column of people. */
export async function statusInPsql({ sql }: Pick<World, "sql">, column = "mobile") {
  const [row] = await sql`
    select stage, total::int, encrypted::int, remaining::int, by_key, last_error
    from auth.check_encryption_migration_status()
    where table_name = 'people' and column_name = ${column}`;
  return row && { ...row };
}

/** The same from the tool. */
export async function statusInTool({ run }: Pick<World, "run">, column = "mobile") {
  const { out } = await run("encrypt", "status", "--json");
  const states: { column: string }[] = JSON.parse(out);
  return states.find((state) => state.column === `public.people.${column}`);
}
