import type { Sql } from "postgres";

/** A key that the database has seen. */
export type SeenKey = {
  readonly purpose: "sealing" | "blind_index" | "pepper";
  readonly id: number;
  readonly fingerprint: string;
  readonly firstSeenAt: Date;
};

/** Every key that a service or a command has worked with on this database. */
export async function readInventory(sql: Sql): Promise<readonly SeenKey[]> {
  const [records] = await sql`
    select to_regclass('postern_internal.key_fingerprints') is not null as exists`;
  if (!records?.exists) return [];
  return sql<SeenKey[]>`
    select purpose, key_id::float8 as id, fingerprint, first_seen_at as "firstSeenAt"
    from postern_internal.key_fingerprints order by purpose, key_id`;
}
