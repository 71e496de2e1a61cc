import { sql } from "drizzle-orm";
import { TRUST_DAYS } from "../devices/trust-days.ts";
import type { Origin } from "../http/origin.ts";
import { type Store, statement } from "../statement.ts";

const p = sql.placeholder;

const trust = statement<unknown>(
  (t) => sql`
    with trusted as (
      update ${t.userDevices} d
      set trusted_until = now() + make_interval(days => ${sql.raw(String(TRUST_DAYS))})
      from ${t.refreshTokens} h
      where h.family_id = ${p("sessionId")}::uuid and h.generation = 0 and d.id = h.device_id
        and d.user_id = h.user_id and d.revoked_at is null
      returning d.user_id, d.id, d.trusted_until
    )
    insert into ${t.securityEvents} (event_type, severity, user_id, session_id, ip_address,
      user_agent, metadata)
    select 'device_trusted', 'medium', user_id, ${p("sessionId")}::uuid, ${p("ipAddress")},
      ${p("userAgent")}, jsonb_build_object('device_id', id, 'until', trusted_until)
    from trusted`,
);

/** Trusts the device of a session that has just passed both steps. */
export async function trustDevice(
  store: Store,
  { sessionId, origin }: { sessionId: string; origin: Origin },
): Promise<void> {
  const { ipAddress, userAgent } = origin;
  await trust(store, { sessionId, ipAddress, userAgent });
}
