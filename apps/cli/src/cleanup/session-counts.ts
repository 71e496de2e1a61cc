import type { Sql } from "postgres";
import { quoted } from "../quote.ts";

type Step = { checked: number; put_right: number; last: string | null };

/**
 * Puts `session_count` right, `rows` accounts at a time: sessions that end by themselves are counted
 * down by nobody. A count that a sign-in moves at this moment is left to the next run.
 *
 * Yields after each batch how many accounts were looked at and how many were wrong.
 */
export async function* reconcileSessionCounts(
  sql: Sql,
  { schema, users, isDry, rows }: { schema: string; users: string; isDry: boolean; rows: number },
): AsyncGenerator<{ checked: number; putRight: number }> {
  const tokens = `${quoted(schema)}.refresh_tokens`;
  const step = (isFirst: boolean) => `
    with page as materialized (
      select u.id, u.session_count from ${users} u
      ${isFirst ? "" : "where u.id > $2"} order by u.id limit $1
    ), live as materialized (
      select h.user_id, count(*)::int as sessions from ${tokens} h
      where h.user_id in (select id from page) and h.generation = 0 and h.revoked_at is null
        and exists (select from ${tokens} t where t.family_id = h.family_id
          and t.rotated_at is null and t.expires_at > now())
      group by h.user_id
    ), wrong as materialized (
      select page.id, page.session_count, coalesce(live.sessions, 0) as sessions
      from page left join live on live.user_id = page.id
      where page.session_count <> coalesce(live.sessions, 0)
    ), put_right as (
      update ${users} u set session_count = wrong.sessions from wrong
      where ${isDry ? "false and" : ""} u.id = wrong.id and u.session_count = wrong.session_count
      returning u.id
    )
    select (select count(*)::int from page) as checked,
      (select count(*)::int from ${isDry ? "wrong" : "put_right"}) as put_right,
      (select id::text from page order by id desc limit 1) as last`;
  for (let last: string | null = null; ; ) {
    const [found]: Step[] = await sql.unsafe<Step[]>(
      step(last === null),
      last === null ? [rows] : [rows, last],
    );
    if (!found || found.checked === 0) return;
    last = found.last;
    yield { checked: found.checked, putRight: found.put_right };
  }
}
