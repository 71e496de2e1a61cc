import type { Sql } from "postgres";

/**
 * How many accounts FEATURE_SECURITY_TRACKING_PERCENT turns the tracking writes on for, at each of
 * these percentages, and how many there are. An account has its place for good: the first two bytes
 * of the SHA-256 of its id, as the auth service has it (devices/tracked.ts), so that more percent
 * never take anybody out.
 */
export async function countTracked(
  sql: Sql,
  users: string,
  percents: readonly number[],
): Promise<{ total: number; tracked: number[] }> {
  const counts = percents.map(
    (percent) => `count(*) filter (where place < ${Number(percent)})::int`,
  );
  const [row] = await sql.unsafe<{ total: number; tracked: number[] }[]>(`
    select count(*)::int as total, array[${counts.join(", ")}] as tracked
    from (select (get_byte(digest, 0) * 256 + get_byte(digest, 1)) % 100 as place
      from (select sha256(convert_to(u.id::text, 'UTF8')) as digest from ${users} u) as digested
    ) as placed`);
  return row ?? { total: 0, tracked: percents.map(() => 0) };
}
