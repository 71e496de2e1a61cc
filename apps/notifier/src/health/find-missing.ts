import { sql } from "drizzle-orm";
import { getTableConfig, type PgTable } from "drizzle-orm/pg-core";
import type { Deps } from "../deps.ts";

/** What is missing, by kind; empty where the service can do its work. */
export type Missing = Partial<Record<"database" | "schema" | "privileges", string[]>>;

type Found = { name: string; privilege: string; isPresent: boolean; isAllowed: boolean };

/** Asks the database for the tables this service works on and what it must be allowed there. */
export async function findMissing({ db, tables }: Pick<Deps, "db" | "tables">): Promise<Missing> {
  const needs = [
    ...needsOf(tables.emailDeliveryLog, ["select", "update"]),
    ...needsOf(tables.securityEvents, ["insert"]),
  ];
  try {
    const found = await db.execute<Found>(sql`
      select need->>'name' as "name", need->>'privilege' as "privilege",
        place is not null as "isPresent",
        coalesce(has_table_privilege(place, need->>'privilege'), false) as "isAllowed"
      from jsonb_array_elements(${JSON.stringify(needs)}::jsonb) as need,
        to_regclass(need->>'place') as place`);
    return sortOut([...found]);
  } catch {
    return { database: ["does not answer"] };
  }
}

function needsOf(table: PgTable, privileges: readonly string[]) {
  const { schema = "public", name } = getTableConfig(table);
  return privileges.map((privilege) => ({ name, privilege, place: `"${schema}"."${name}"` }));
}

function sortOut(found: readonly Found[]): Missing {
  const schema = [...new Set(found.filter((it) => !it.isPresent).map(({ name }) => name))];
  const privileges = found
    .filter((it) => it.isPresent && !it.isAllowed)
    .map(({ privilege, name }) => `${privilege} on ${name}`);
  return {
    ...(schema.length > 0 && { schema }),
    ...(privileges.length > 0 && { privileges }),
  };
}
