import type { Sql } from "postgres";
import { expect, test } from "vitest";
import { emailDeliveryStatuses } from "../tables/email-delivery-log.ts";
import { smsDeliveryStatuses } from "../tables/sms-delivery-log.ts";
import { someSealed } from "../testing/open-tables.ts";
import { openMounted } from "./testing/mount.ts";

const logs = {
  email_delivery_log: {
    statuses: emailDeliveryStatuses,
    recipient: "to_email_hint, to_email_index",
    values: "'a***@example.com', 'AAAAAAAAAAAAAAAAAAAAAA'",
  },
  sms_delivery_log: {
    statuses: smsDeliveryStatuses,
    recipient: "to_phone_hint, to_phone_index, country",
    values: "'+254*****678', 'AAAAAAAAAAAAAAAAAAAAAA', 'KE'",
  },
} as const;

type Log = keyof typeof logs;

const LIVE = ["pending", "sending", "retry", "sent"];
const RANKS: Readonly<Record<string, number>> = {
  sent: 1,
  undelivered: 2,
  delivered: 3,
  bounced: 4,
  complained: 5,
};

/** What CONTRACT.md 4 says, in its own order, and a worker that may not send; a receipt counts from sending and retry on. */
const STEPS = [
  ["pending", "sending"],
  ["sending", "retry"],
  ["retry", "sending"],
  ["sending", "failed"],
  ["sending", "expired"],
  ["sending", "suppressed"],
  ["pending", "expired"],
  ["retry", "expired"],
  ["pending", "suppressed"],
  ["retry", "suppressed"],
];

function expected(from: string, to: string): "moves" | "stays" | "refused" {
  if (from === to) return "moves";
  const [before, after] = [RANKS[from], RANKS[to]];
  if (before && after) return after > before ? "moves" : "stays";
  if (after && (from === "sending" || from === "retry")) return "moves";
  return STEPS.some(([a, b]) => a === from && b === to) ? "moves" : "refused";
}

async function insert(sql: Sql, log: Log, status: string): Promise<void> {
  const { recipient, values } = logs[log];
  const [lease, ends] = status === "sending" ? ["gen_random_uuid()", "now()"] : ["null", "null"];
  await sql.unsafe(`insert into postern.${log} (template, expires_at, status, lease_id,
      lease_expires_at, sealed_payload, sent_at, delivered_at, failed_at, ${recipient})
    values ('t', now() + interval '1 hour', '${status}', ${lease}, ${ends},
      ${LIVE.includes(status) ? `'${someSealed}'` : "null"}, now(), now(), now(), ${values})`);
}

async function move(sql: Sql, log: Log, status: string) {
  const [lease, ends] = status === "sending" ? ["gen_random_uuid()", "now()"] : ["null", "null"];
  await sql.unsafe(`update postern.${log} set status = '${status}', lease_id = ${lease},
    lease_expires_at = ${ends}`);
}

const read = async (sql: Sql, log: Log) => {
  const [row] = await sql.unsafe(`select status, sealed_payload from postern.${log}`);
  return row;
};

/** What the database does with a change of status, and what it says. */
async function tryMove(sql: Sql, log: Log, [from, to]: readonly [string, string]) {
  await sql.unsafe(`truncate postern.${log}`);
  await insert(sql, log, from);
  const rule = await move(sql, log, to).then(
    () => null,
    (error: { constraint_name: string }) => error.constraint_name,
  );
  const row = await read(sql, log);
  const isKept = row?.sealed_payload !== null && !LIVE.includes(row?.status);
  if (rule !== null) return rule === `${log}_status_goes_forward` ? "refused" : rule;
  if (isKept) return "keeps its payload";
  return row?.status === to ? "moves" : "stays";
}

test.for(Object.keys(logs) as Log[])("%s goes forward only, for every pair", async (log) => {
  await using database = await openMounted();
  const { statuses } = logs[log];
  const pairs = statuses.flatMap((from) => statuses.map((to) => [from, to] as const));
  for (const pair of pairs) {
    const found = await tryMove(database.sql, log, pair);
    expect([...pair, found]).toEqual([...pair, expected(...pair)]);
  }
});

const shuffled = <T>(values: readonly T[]) =>
  values
    .map((value) => ({ value, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ value }) => value);

test("receipts in any order, and twice, end in the highest of them", async () => {
  await using database = await openMounted();
  const { sql } = database;
  const receipts = ["sent", "delivered", "bounced", "complained"] as const;
  for (let round = 0; round < 40; round += 1) {
    await sql`truncate postern.email_delivery_log`;
    await insert(sql, "email_delivery_log", round % 2 ? "sending" : "retry");
    const some = receipts.slice(0, 1 + (round % receipts.length));
    for (const receipt of shuffled([...some, ...some]))
      await move(sql, "email_delivery_log", receipt);
    expect((await read(sql, "email_delivery_log"))?.status).toBe(some.at(-1));
  }
});
