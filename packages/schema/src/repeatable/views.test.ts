import { randomUUID } from "node:crypto";
import type { Sql } from "postgres";
import { expect, test } from "vitest";
import { someSealed } from "../testing/open-tables.ts";
import { openMounted } from "./testing/mount.ts";

type User = Readonly<Record<string, unknown>>;

async function addUser(sql: Sql, user: User = {}): Promise<string> {
  const id = randomUUID();
  await sql`insert into postern.users ${sql({ id, email: `ada-${id}@example.com`, ...user })}`;
  return id;
}

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000 - 60_000);
const anHourOn = new Date(Date.now() + 3_600_000);

test("every view is a security barrier, and shows the columns of the contract", async () => {
  await using database = await openMounted();
  const views = await database.sql`
    select relname, reloptions::text as options, (select string_agg(attname, ' ' order by attnum)
      from pg_attribute where attrelid = c.oid and attnum > 0) as columns
    from pg_class c where relnamespace = 'postern'::regnamespace and relkind = 'v' order by relname`;
  const shared = "id name user_type created_at";
  const reach = `${shared} email phone email_verified two_factor_enabled last_login_at`;
  expect(Object.fromEntries(views.map((view) => [view.relname, view.columns]))).toEqual({
    users_public: shared,
    users_authenticated: reach,
    users_admin: `${reach} last_login_ip failed_login_attempts account_locked_until password_changed_at password_expires_at last_activity_at session_count disabled_at`,
    user_security_status:
      "id is_locked failed_login_attempts password_expired two_factor_enabled email_verified days_since_password_change days_since_login risk_score risk_level",
    user_activity_log: "user_id at source what severity ip_address device_name",
    deployment_metrics:
      "recent_logins users_with_failed_attempts locked_accounts encrypted_2fa_users encrypted_phone_users avg_seconds_since_login",
  });
  expect(views.every((view) => view.options.includes("security_barrier"))).toBe(true);
});

test.for([
  { email: "ada@example.com", masked: "a***@example.com" },
  { email: "a@b@example.com", masked: "a***@example.com" },
  { email: "ämil@example.com", masked: "ä***@example.com" },
  { email: "@example.com", masked: "***" },
  { email: "ada", masked: "***" },
  { email: "", masked: "***" },
])("$email is shown as $masked", async ({ email, masked }) => {
  await using database = await openMounted();
  await addUser(database.sql, { email, phone_number_hint: "+254*****678" });
  const [row] = await database.sql`select email, phone from postern.users_authenticated`;
  expect(row).toEqual({ email: masked, phone: "+254*****678" });
  const [admin] = await database.sql`select email from postern.users_admin`;
  expect(admin?.email).toBe(email);
});

test.for([
  { address: "203.0.113.77", network: "203.0.113.0/24" },
  { address: "2001:db8:1:2:3:4:5:6", network: "2001:db8:1:2::/64" },
])("the address $address is cut to $network, for administrators too", async (address) => {
  await using database = await openMounted();
  const { sql } = database;
  const id = await addUser(sql, { last_login_ip: address.address });
  await sql`insert into postern.security_events (event_type, user_id, ip_address)
    values ('otp_sent', ${id}, ${address.address})`;
  const [admin] = await sql`select last_login_ip from postern.users_admin`;
  const [event] = await sql`select ip_address from postern.user_activity_log`;
  expect([admin?.last_login_ip, event?.ip_address]).toEqual([address.network, address.network]);
});

const safe = { email_verified_at: new Date(), last_login_at: new Date() };

test.for([
  { name: "nothing amiss but a second factor", user: safe, score: 20, level: "low" },
  { name: "unverified", user: { last_login_at: new Date() }, score: 30, level: "medium" },
  { name: "locked", user: { ...safe, account_locked_until: anHourOn }, score: 50, level: "high" },
  {
    name: "locked once",
    user: { ...safe, account_locked_until: daysAgo(1) },
    score: 20,
    level: "low",
  },
  { name: "1 failure", user: { ...safe, failed_login_attempts: 1 }, score: 25, level: "medium" },
  { name: "9 failures", user: { ...safe, failed_login_attempts: 9 }, score: 45, level: "medium" },
  {
    name: "an expired password",
    user: { ...safe, password_expires_at: daysAgo(0) },
    score: 35,
    level: "medium",
  },
  { name: "89 days idle", user: { ...safe, last_login_at: daysAgo(89) }, score: 20, level: "low" },
  {
    name: "91 days idle",
    user: { ...safe, last_login_at: daysAgo(91) },
    score: 30,
    level: "medium",
  },
  {
    name: "never signed in",
    user: { email_verified_at: new Date(), created_at: daysAgo(91) },
    score: 30,
    level: "medium",
  },
  {
    name: "everything",
    user: {
      account_locked_until: anHourOn,
      failed_login_attempts: 2_000_000_000,
      password_expires_at: daysAgo(1),
      last_login_at: daysAgo(400),
    },
    score: 100,
    level: "critical",
  },
])("the risk of $name is $score, $level", async ({ user, score, level }) => {
  await using database = await openMounted();
  await addUser(database.sql, user);
  const [row] = await database.sql`select risk_score, risk_level from postern.user_security_status`;
  expect(row).toEqual({ risk_score: score, risk_level: level });
});

test("a second factor counts once it is confirmed, and days are whole", async () => {
  await using database = await openMounted();
  const { sql } = database;
  const id = await addUser(sql, {
    ...safe,
    password_changed_at: daysAgo(10),
    last_login_at: daysAgo(3),
  });
  await sql`insert into postern.two_factor_auth (user_id, method) values (${id}, 'sms')`;
  const read = async () => (await sql`select * from postern.user_security_status`)[0];
  expect(await read()).toMatchObject({ two_factor_enabled: false, risk_score: 20 });
  await sql`update postern.two_factor_auth set confirmed_at = now()`;
  expect(await read()).toMatchObject({
    two_factor_enabled: true,
    risk_score: 0,
    days_since_password_change: 10,
    days_since_login: 3,
  });
});

test("the activity of a user comes from all three logs, with the device's name", async () => {
  await using database = await openMounted();
  const { sql } = database;
  const id = await addUser(sql);
  const [device, session] = [randomUUID(), randomUUID()];
  await sql`insert into postern.user_devices (id, user_id, token_hash, name)
    values (${device}, ${id}, ${`${randomUUID()}_______`}, 'Firefox')`;
  await sql`insert into postern.refresh_tokens (family_id, user_id, token_hash, amr, expires_at,
      absolute_expires_at, device_name)
    values (${session}, ${id}, ${`${randomUUID()}_______`}, 'pwd', now() + interval '1 day',
      now() + interval '1 day', 'Phone')`;
  await sql`insert into postern.login_attempts (identifier_hint, identifier_index, user_id,
      attempt_result, device_id, created_at)
    values ('a***', ${"A".repeat(22)}, ${id}, 'failed_password', ${device}, now() - interval '3 s')`;
  await sql`insert into postern.security_events (event_type, severity, user_id, session_id, created_at)
    values ('new_device', 'high', ${id}, ${session}, now() - interval '2 s')`;
  await sql`insert into postern.session_audits (session_id, user_id, action)
    values (${session}, ${id}, 'started')`;
  const rows = await sql`select source, what, severity, device_name from postern.user_activity_log
    where user_id = ${id} order by at desc limit 50`;
  expect([...rows]).toEqual([
    { source: "session", what: "started", severity: "low", device_name: "Phone" },
    { source: "event", what: "new_device", severity: "high", device_name: "Phone" },
    { source: "login", what: "failed_password", severity: "medium", device_name: "Firefox" },
  ]);
});

test("the whole deployment is one row", async () => {
  await using database = await openMounted();
  const { sql } = database;
  const phone = { encrypted_phone_number: someSealed, phone_number_index: "A".repeat(22) };
  const id = await addUser(sql, { ...phone, last_login_at: new Date(Date.now() - 100_000) });
  await addUser(sql, { failed_login_attempts: 2, account_locked_until: anHourOn });
  await sql`insert into postern.two_factor_auth (user_id, method, encrypted_secret, confirmed_at)
    values (${id}, 'totp', ${someSealed}, now())`;
  await sql`insert into postern.login_attempts (identifier_hint, identifier_index, attempt_result, created_at)
    select 'a***', ${"A".repeat(22)}, result, now() - age::interval from (values
      ('success', '1 minute'), ('success', '61 minutes'), ('locked', '1 minute')) as l (result, age)`;
  const [row] = await sql`select *, round(avg_seconds_since_login)::int as seconds
    from postern.deployment_metrics`;
  expect(row).toMatchObject({
    recent_logins: "1",
    users_with_failed_attempts: "1",
    locked_accounts: "1",
    encrypted_2fa_users: "1",
    encrypted_phone_users: "1",
  });
  expect(row?.seconds).toBeGreaterThanOrEqual(100);
});

test("a filter that peeks sees no row that the view does not show", async () => {
  await using database = await openMounted();
  const { sql } = database;
  await addUser(sql, { email: "ada@example.com" });
  const seen = await sql.begin(async (tx) => {
    const notices: string[] = [];
    await tx.unsafe(`create function pg_temp.peek(text) returns boolean cost 0.0001 language plpgsql
      as 'begin perform set_config(''peek.seen'', coalesce(current_setting(''peek.seen'', true), '''') || $1, true); return true; end'`);
    await tx.unsafe("select from postern.users_authenticated where pg_temp.peek(email)");
    const [row] = await tx`select current_setting('peek.seen') as seen`;
    notices.push(row?.seen);
    return notices;
  });
  expect(seen).toEqual(["a***@example.com"]);
});
