import { type SQL, sql } from "drizzle-orm";
import type { Log } from "./logs.ts";

const value = (name: string) => sql.placeholder(name);

/**
 * Inserts a text message once more for the next provider, as a row with the same challenge and end
 * (CONTRACT 4), in the place of the row that `refused` selects. Nothing where there is no
 * `failOverId`, or the message's end has come.
 */
export const failOverRow = ({ table }: Log, refused: SQL): SQL => sql`
  insert into ${table} (
    id, user_id, template, locale, priority, to_phone_hint, to_phone_index, country,
    challenge_id, resend_of, sealed_payload, expires_at, provider
  )
  select ${value("failOverId")}::uuid, user_id, template, locale, priority,
    to_phone_hint, to_phone_index, country, challenge_id, coalesce(resend_of, id),
    ${value("failOverPayload")}::text, expires_at, ${value("failOverProvider")}::text
  from ${table}
  where ${value("failOverId")}::uuid is not null and expires_at > now() and id in (${refused})
  returning id`;
