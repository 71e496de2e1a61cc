import { sql } from "drizzle-orm";
import { getTableConfig, type PgTable } from "drizzle-orm/pg-core";
import type { Database } from "./open-database.ts";

/** A table that a service works on, and what it must be allowed there. */
export type TableNeed = { table: PgTable; privileges: readonly string[] };

/** By our names: `schema` lists tables, `privileges` what the role may not do. Only what is missing has an entry. */
export type MissingParts = { schema?: string[]; privileges?: string[] };

type Lack = { name: string; is_missing: boolean; lacking: string | null };

/** Looks up tables and the role's privileges on them, in one statement. More than needed is no fault here. */
export async function findMissingParts(
  db: Pick<Database, "execute">,
  needs: readonly TableNeed[],
): Promise<MissingParts> {
  const described = needs.map(({ table, privileges }) => {
    const { name, schema = "public" } = getTableConfig(table);
    return { name, path: `"${schema}"."${name}"`, privileges: privileges.join(",") };
  });
  const lacks = await db.execute<Lack>(sql`
    select need.name, found.oid is null as is_missing, (
      select string_agg(privilege || ' on ' || need.name, ',')
      from unnest(string_to_array(need.privileges, ',')) as privilege
      where not has_table_privilege(found.oid, privilege)
    ) as lacking
    from jsonb_to_recordset(${JSON.stringify(described)}::jsonb)
      as need(name text, path text, privileges text),
    lateral (select to_regclass(need.path)::oid as oid) as found`);
  const schema = lacks.filter((lack) => lack.is_missing).map(({ name }) => name);
  const privileges = lacks.flatMap(({ lacking }) => lacking?.split(",") ?? []);
  return {
    ...(schema.length > 0 && { schema }),
    ...(privileges.length > 0 && { privileges }),
  };
}
