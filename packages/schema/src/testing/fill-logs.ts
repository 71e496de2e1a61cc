import type { Sql } from "postgres";

export type LogSizes = {
  readonly users: number;
  /** Of each of the four big logs. */
  readonly rows: number;
  /** How far back the first row lies. */
  readonly days: number;
};

/**
 * Users and logs as a deployment has them, by generate_series, the same each time: rows in the
 * order of their time up to now, one sign-in in five refused, one account in fifty with failures,
 * one in a thousand locked, one in ten with a second factor. Triggers are off meanwhile. Afterwards
 * vacuumed and analysed, as autovacuum does.
 */
export async function fillLogs(sql: Sql, sizes: LogSizes): Promise<void> {
  const session = await sql.reserve();
  try {
    // A commit still on its way to the disk keeps a vacuum from marking what all may see.
    await session.unsafe("set session_replication_role = replica; set synchronous_commit = on");
    for (const statement of statements(sizes)) await session.unsafe(statement);
    for (const table of TABLES) await session.unsafe(`vacuum (analyze) postern.${table}`);
    await session.unsafe("reset session_replication_role; reset synchronous_commit");
  } finally {
    session.release();
  }
}

const TABLES = [
  "users",
  "two_factor_auth",
  "session_audits",
  "login_attempts",
  "security_events",
  "email_delivery_log",
  "sms_delivery_log",
];

/** A uuid that follows from the number, so that rows of different tables belong together. */
const id = (n: string) => `lpad(to_hex((${n})::bigint), 32, '0')::uuid`;
/** Spreads neighbouring numbers, so that one row's neighbours are of other users and addresses. */
const mixed = (n: string, salt: number) => `abs(hashint8(${n} + ${salt}))`;

const statements = ({ users, rows, days }: LogSizes): string[] => {
  const at = `now() - interval '${days} days' * (1 - n::float8 / ${rows})`;
  const user = id(`${mixed("n", 1)} % ${users} + 1`);
  const index = (n: string) => `left(md5((${n})::text), 22)`;
  const address = `('10.' || ${mixed("n", 2)} % 200 || '.' || ${mixed("n", 3)} % 50 || '.7')::inet`;
  const agent = "'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36'";
  const series = `generate_series(1, ${rows}) n`;
  const delivery = (channel: "email" | "phone", extra: { columns: string; values: string }) => `
    insert into postern.${channel === "email" ? "email" : "sms"}_delivery_log (template, provider,
      provider_message_id, attempts, expires_at, created_at, sent_at, delivered_at, failed_at, status,
      user_id, to_${channel}_hint, to_${channel}_index ${extra.columns})
    select 'verify_code', provider, case when provider is not null then 'message-' || n end, 1,
      at + interval '5 minutes', at, at, at, at,
      case when provider is null then 'expired' when n % 25 = 0 then 'failed' when n % 10 = 0 then 'sent'
        else 'delivered' end,
      ${user}, '***', ${index(`n % ${users}`)} ${extra.values}
    from (select n, ${at} as at,
      case when n % 50 = 1 then null else (array['primary', 'primary', 'spare'])[n % 3 + 1] end as provider
      from ${series}) numbered`;
  return [
    `insert into postern.users (id, email, email_verified_at, encrypted_phone_number,
      phone_number_index, last_login_at, failed_login_attempts, account_locked_until)
    select ${id("n")}, 'user' || n || '@example.com', case when n % 4 > 0 then now() end,
      'pe1.' || repeat(md5(n::text), 2), ${index("n")}, now() - interval '1 minute' * (n % 200000),
      case when n % 50 = 0 then n % 9 + 1 else 0 end,
      case when n % 1000 = 0 then now() + interval '10 minutes' end
    from generate_series(1, ${users}) n`,
    `insert into postern.two_factor_auth (user_id, method, encrypted_secret, confirmed_at)
    select ${id("n")}, 'totp', 'pe1.' || repeat(md5(n::text), 2), now()
    from generate_series(1, ${users}, 10) n`,
    `insert into postern.session_audits (user_id, session_id, action, ip_address, user_agent, created_at)
    select ${user}, ${id("n / 10")}, 'refreshed', ${address}, ${agent}, ${at}
    from ${series}`,
    `insert into postern.login_attempts (identifier_hint, identifier_index, user_id, ip_address,
      user_agent, attempt_result, created_at)
    select 'a***@example.com', ${index(`${mixed("n", 1)} % ${users}`)}, ${user}, ${address}, ${agent},
      case when n % 5 = 0 then 'failed_password' else 'success' end, ${at}
    from ${series}`,
    `insert into postern.security_events (event_type, severity, user_id, session_id, ip_address,
      user_agent, created_at)
    select (array['token_refreshed', 'token_generated', 'login_success', 'failed_login_attempt',
        'new_device'])[n % 5 + 1],
      case when n % 1000 = 0 then 'critical' when n % 100 = 0 then 'high' when n % 5 = 3 then 'medium'
        else 'low' end,
      ${user}, ${id("n / 10")}, ${address}, ${agent}, ${at}
    from ${series}`,
    delivery("email", { columns: "", values: "" }),
    delivery("phone", {
      columns: ", country, segments, cost_micros, currency",
      values: `, (array['KE', 'US', 'GB', 'UG', 'TZ'])[n % 5 + 1], 1,
        case when provider is not null then 800000 + n % 100 end,
        case when provider is not null then (array['KES', 'USD', 'USD', 'KES', 'KES'])[n % 5 + 1] end`,
    }),
  ];
};
