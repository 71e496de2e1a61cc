import { pushSchema } from "@postern/devkit";
import {
  emailDeliveryLog,
  loginAttempts,
  posternUsers,
  securityEvents,
  smsDeliveryLog,
} from "@postern/schema";
import {
  deliverySuccessByProvider,
  eventsBySeverity,
  failedSignInsByIp,
  lockedAccounts,
  riskList,
  smsCostByMonthAndCountry,
} from "@postern/schema/dashboard";
import { fillLogs } from "@postern/schema/testing/fill-logs";
import { userSecurityStatus } from "@postern/schema/views";
import { eq, sql } from "drizzle-orm";
import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import postgres, { type Sql } from "postgres";
import type { Bench, Figure } from "./bench.ts";
import { medianOf } from "./median-of.ts";

const SIZES = { users: 1_000_000, rows: 1_000_000, days: 90 };
const RUNS = 15;
/** The older system's bounds, in milliseconds. */
const DASHBOARD_MAX = 50;
const VIEW_MAX = 200;
const PHONE_MAX = 100;

type Work = readonly [name: string, atMost: number, work: () => PromiseLike<unknown>];

/** The dashboard functions, what is usually asked of each view, and a user by a sealed phone. */
export const benchDashboard: Bench = async ({ say, startPostgres }) => {
  const { url } = await startPostgres({ settings: { shared_buffers: "512MB" } });
  await pushSchema(url);
  const client = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    say(`filling ${SIZES.rows} rows per log, ${SIZES.users} users, over ${SIZES.days} days`);
    const startedAt = performance.now();
    await fillLogs(client, SIZES);
    const filled: Figure = {
      name: "filling",
      value: (performance.now() - startedAt) / 1_000,
      unit: "s",
    };
    const before = await countWholeReadings(client);
    const figures = await measure(worksOn(drizzle({ client })), say);
    const readWhole: Figure = {
      name: "times that a log was read whole",
      value: (await countWholeReadings(client)) - before,
      unit: "scans",
      limit: { atMost: 0 },
    };
    return [filled, ...figures, readWhole];
  } finally {
    await client.end();
  }
};

/** As PostgreSQL counts them, of the four big logs. */
async function countWholeReadings(client: Sql): Promise<number> {
  await client`select pg_stat_force_next_flush()`;
  const [row] = await client<{ scans: number }[]>`
    select sum(seq_scan)::int as scans from pg_stat_user_tables
    where schemaname = 'postern' and relname in
      ('login_attempts', 'security_events', 'email_delivery_log', 'sms_delivery_log')`;
  return row?.scans ?? Number.NaN;
}

async function measure(works: readonly Work[], say: (text: string) => void): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [name, atMost, work] of works) {
    say(name);
    figures.push({ name, value: await medianOf(RUNS, work), unit: "ms", limit: { atMost } });
  }
  return figures;
}

function worksOn(db: PostgresJsDatabase): Work[] {
  const month = new Date(Date.now() - 31 * 86_400_000).toISOString().slice(0, 7);
  return [
    ["failedSignInsByIp, 24 h", DASHBOARD_MAX, () => failedSignInsByIp(db, { loginAttempts })],
    [
      "deliverySuccessByProvider, both logs, 24 h",
      DASHBOARD_MAX,
      () => deliverySuccessByProvider(db, { emailDeliveryLog, smsDeliveryLog }),
    ],
    [
      "smsCostByMonthAndCountry, running month",
      DASHBOARD_MAX,
      () => smsCostByMonthAndCountry(db, { smsDeliveryLog }),
    ],
    [
      "smsCostByMonthAndCountry, a whole month",
      DASHBOARD_MAX,
      () => smsCostByMonthAndCountry(db, { smsDeliveryLog }, { month }),
    ],
    ["eventsBySeverity, 24 h", DASHBOARD_MAX, () => eventsBySeverity(db, { securityEvents })],
    ["lockedAccounts", DASHBOARD_MAX, () => lockedAccounts(db, { users: posternUsers })],
    ["riskList", DASHBOARD_MAX, () => riskList(db, { users: posternUsers, userSecurityStatus })],
    ...viewWorks(db),
    ["a user by a sealed phone", PHONE_MAX, byPhone(db)],
  ];
}

/**
 * One account, or a page of them: what a view is usually asked for. A page is chosen from the
 * table: no ORDER BY reaches through a security barrier, so ordering by the view reads every
 * account.
 */
function viewWorks(db: PostgresJsDatabase): Work[] {
  const id = "00000000-0000-0000-0000-00000000abcd";
  const one = `where id = '${id}'`;
  const page = "where id = any (array(select id from postern.users order by id limit 50))";
  const activity = `where user_id = '${id}' order by at desc limit 50`;
  const ask = (view: string, what: string, condition: string): Work => [
    `${view}, ${what}`,
    VIEW_MAX,
    () => db.execute(sql.raw(`select * from postern.${view} ${condition}`)),
  ];
  return [
    ask("users_public", "one account", one),
    ask("users_public", "50 accounts", page),
    ask("users_authenticated", "one account", one),
    ask("users_authenticated", "50 accounts", page),
    ask("users_admin", "one account", one),
    ask("users_admin", "50 accounts", page),
    ask("user_security_status", "one account", one),
    ask("user_security_status", "50 accounts", page),
    ask("user_activity_log", "the last 50 of one account", activity),
    ask("deployment_metrics", "the whole", ""),
  ];
}

/** By the blind index, as a sign-in by phone does: the sealed value itself is never compared. */
function byPhone(db: PostgresJsDatabase) {
  let n = 0;
  return async () => {
    n += 1;
    const [row] = await db.execute(sql`select left(md5((${n * 977}::int)::text), 22) as index`);
    return db
      .select({ id: posternUsers.id })
      .from(posternUsers)
      .where(eq(posternUsers.phoneNumberIndex, String(row?.index)));
  };
}
