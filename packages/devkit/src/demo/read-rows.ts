import postgres from "postgres";

export type ProvingRows = {
  deliveries: { template: string; status: string; hint: string; attempts: number; used: boolean }[];
  events: { type: string; severity: string; count: number }[];
  attempts: { result: string; count: number }[];
};

/** The rows that prove what the demo did: deliveries, security events and sign-in attempts. */
export async function readRows(
  databaseUrl: string,
  userId: string,
  databaseSchema: string,
): Promise<ProvingRows> {
  const sql = postgres(databaseUrl, { max: 1 });
  const schema = sql(databaseSchema);
  try {
    return {
      deliveries: await sql`
        select template, status, to_email_hint as hint, attempts, consumed_at is not null as used
        from ${schema}.email_delivery_log where user_id = ${userId} order by created_at`,
      events: await sql`
        select event_type as type, severity, count(*)::int from ${schema}.security_events
        where user_id = ${userId} group by event_type, severity order by min(id)`,
      attempts: await sql`
        select attempt_result as result, count(*)::int from ${schema}.login_attempts
        where user_id = ${userId} group by attempt_result order by min(id)`,
    };
  } finally {
    await sql.end();
  }
}
