import { type SQL, sql } from "drizzle-orm";
import type { Log } from "./logs.ts";

/**
 * Inserts text messages once more for the next provider, as rows with the same challenge and end
 * (CONTRACT 4). `refused` selects the `id` of each and, of its successor, `fail_over_id`,
 * `fail_over_payload`, `fail_over_provider` and the `mark` that the successor inherits: it may be a
 * duplicate of what an earlier attempt sent. Nothing where there is no `fail_over_id`, or the
 * message's end has come.
 */
export const failOverRows = ({ table }: Log, refused: SQL): SQL => sql`
  insert into ${table} (
    id, user_id, template, locale, priority, to_phone_hint, to_phone_index, country,
    challenge_id, resend_of, sealed_payload, expires_at, provider, error_code
  )
  select next.fail_over_id, d.user_id, d.template, d.locale, d.priority,
    d.to_phone_hint, d.to_phone_index, d.country, d.challenge_id, coalesce(d.resend_of, d.id),
    next.fail_over_payload, d.expires_at, next.fail_over_provider, next.mark
  from ${table} as d join (${refused}) as next on next.id = d.id
  where next.fail_over_id is not null and d.expires_at > now()
  returning id`;
