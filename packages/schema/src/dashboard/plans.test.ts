import { type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/postgres-js";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  emailDeliveryLog,
  loginAttempts,
  posternUsers,
  securityEvents,
  smsDeliveryLog,
} from "../index.ts";
import type { Database } from "../query.ts";
import { openMounted } from "../repeatable/testing/mount.ts";
import { fillLogs } from "../testing/fill-logs.ts";
import { userSecurityStatus } from "../views.ts";
import {
  deliverySuccessByProvider,
  eventsBySeverity,
  failedSignInsByIp,
  lockedAccounts,
  riskList,
  smsCostByMonthAndCountry,
} from "./index.ts";

// A fifth of what `pnpm bench dashboard` fills, so that every run can afford it.
const SIZES = { users: 20_000, rows: 200_000, days: 90 };

type Node = { "Node Type": string; "Relation Name"?: string; Plans?: Node[] };

const world = await openMounted();
const db = drizzle({ client: world.sql });

beforeAll(() => fillLogs(world.sql, SIZES), 180_000);
afterAll(() => world[Symbol.asyncDispose]());

/** Runs what it is asked, and keeps the plan of each statement. */
function explaining(nodes: Node[]): Database {
  return {
    execute: async (statement: SQL) => {
      const rows = await db.execute(sql`explain (format json) ${statement}`);
      const [row] = rows as unknown as { "QUERY PLAN": { Plan: Node }[] }[];
      const plans = row?.["QUERY PLAN"] ?? [];
      nodes.push(...plans.flatMap(({ Plan: plan }) => flatten(plan)));
      return db.execute(statement);
    },
  };
}

const flatten = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(flatten)];

/** The logs that were read from first to last, and `users`. Second factors are few. */
const scanned = (nodes: readonly Node[]) =>
  nodes
    .filter((node) => node["Node Type"] === "Seq Scan")
    .map((node) => node["Relation Name"])
    .filter((table) => table && table !== "two_factor_auth");

const month = new Date(Date.now() - 31 * 86_400_000).toISOString().slice(0, 7);

test.for<[string, (on: Database) => Promise<readonly unknown[]>]>([
  ["failedSignInsByIp", (on) => failedSignInsByIp(on, { loginAttempts })],
  [
    "deliverySuccessByProvider",
    (on) => deliverySuccessByProvider(on, { emailDeliveryLog, smsDeliveryLog }),
  ],
  ["smsCostByMonthAndCountry", (on) => smsCostByMonthAndCountry(on, { smsDeliveryLog }, { month })],
  ["eventsBySeverity", (on) => eventsBySeverity(on, { securityEvents })],
  ["lockedAccounts", (on) => lockedAccounts(on, { users: posternUsers })],
  ["riskList", (on) => riskList(on, { users: posternUsers, userSecurityStatus })],
])("%s scans neither a log nor the users from first to last", async ([, ask]) => {
  const nodes: Node[] = [];
  expect((await ask(explaining(nodes))).length).toBeGreaterThan(0);
  expect(scanned(nodes)).toEqual([]);
});

const one = "'00000000-0000-0000-0000-00000000004e'";

test.for([
  `users_public where id = ${one}`,
  `users_authenticated where id = ${one}`,
  `users_admin where id = ${one}`,
  `user_security_status where id = ${one}`,
  `user_activity_log where user_id = ${one} order by at desc limit 50`,
  "deployment_metrics",
])("the view %s scans no log from first to last", async (view) => {
  const nodes: Node[] = [];
  const on = explaining(nodes);
  expect(await on.execute(sql.raw(`select * from postern.${view}`))).not.toHaveLength(0);
  // Of all accounts an average is asked for.
  expect(scanned(nodes)).toEqual(view === "deployment_metrics" ? ["users"] : []);
});

test("an account is found by its sealed phone number through the blind index", async () => {
  const nodes: Node[] = [];
  const find = sql`select ${posternUsers.id} from ${posternUsers}
    where ${posternUsers.phoneNumberIndex} = left(md5('77'), 22)`;
  expect(await explaining(nodes).execute(find)).toHaveLength(1);
  expect(scanned(nodes)).toEqual([]);
});

test("the risk list is the view's own score, and the worst of those that somebody tries", async () => {
  const list = await riskList(db, { users: posternUsers, userSecurityStatus }, { limit: 20 });
  const view = await world.sql`select risk_score from postern.user_security_status
    where is_locked or failed_login_attempts > 0 order by risk_score desc limit 20`;
  expect(list.map((row) => row.riskScore)).toEqual(view.map((row) => row.risk_score));
  const [worst] = list;
  expect(worst).toMatchObject({ isLocked: true, riskLevel: "critical" });
  const status = await world.sql`select risk_score, failed_login_attempts
    from postern.user_security_status where id = ${worst?.userId ?? null}`;
  expect(status[0]).toEqual({
    risk_score: worst?.riskScore,
    failed_login_attempts: worst?.failedLoginAttempts,
  });
});
