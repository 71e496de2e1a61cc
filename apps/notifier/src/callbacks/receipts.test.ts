import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { twilioSignature } from "@postern/devkit";
import { callbackPath } from "@postern/messages";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { openSmsWorld, type SmsWorld } from "../testing/sms-world.ts";

const MESSAGES = 2_000;
const STATUSES = ["queued", "sent", "delivered", "undelivered"] as const;

type Post = { url: string; fields: Record<string, string>; headers: Record<string, string> };

/** Rows as a worker left them, half of each provider; a few were still being sent. */
async function fillLog({ db, tables }: SmsWorld) {
  await db.execute(sql`
    insert into ${tables.smsDeliveryLog} (
      template, to_phone_hint, to_phone_index, country, status, provider, provider_message_id,
      sent_at, expires_at, lease_id, lease_expires_at
    )
    select 'sign_in_code_sms', '+254*****678', lpad(n::text, 22, 'A'), 'KE',
      case when n % 20 = 0 then 'sending' else 'sent' end,
      case when n % 2 = 0 then 'twilio' else 'africas_talking' end, 'm-' || n,
      case when n % 20 <> 0 then now() end, now() + interval '1 hour',
      case when n % 20 = 0 then gen_random_uuid() end,
      case when n % 20 = 0 then now() + interval '1 hour' end
    from generate_series(1, ${MESSAGES}) as n`);
}

/** The true end of each message, and every receipt that leads there. */
function tellTruth({ publicUrl, digestKeys, providers }: SmsWorld) {
  const ends = new Map<string, string>();
  const posts: Post[] = [];
  for (let n = 1; n <= MESSAGES; n++) {
    const id = `m-${n}`;
    const end = ["sent", "undelivered", "delivered"][n % 3]!;
    ends.set(id, end);
    for (const status of new Set(["queued", "sent", end])) {
      posts.push(
        n % 2 === 0
          ? twilioPost(`${publicUrl}/callbacks/twilio`, { id, status }, providers.twilio.authToken)
          : africasTalkingPost(
              `${publicUrl}${callbackPath(digestKeys, "africas_talking")}`,
              id,
              status,
            ),
      );
    }
  }
  return { ends, posts };
}

type Told = { id: string; status: string };

function twilioPost(url: string, { id, status }: Told, authToken: string): Post {
  const fields = { MessageSid: id, MessageStatus: status, AccountSid: "AC1" };
  return {
    url,
    fields,
    headers: { "x-twilio-signature": twilioSignature(authToken, url, fields) },
  };
}

const AFRICAS_TALKING: Record<string, string> = {
  queued: "Buffered",
  sent: "Sent",
  delivered: "Success",
  undelivered: "Failed",
};

const africasTalkingPost = (url: string, id: string, status: string): Post => ({
  url,
  fields: { id, status: AFRICAS_TALKING[status]!, phoneNumber: "+254712345678" },
  headers: {},
});

/** What somebody without the keys can send: no signature, a wrong one, one of another message. */
function forge({ publicUrl, providers }: SmsWorld, count: number): Post[] {
  const url = `${publicUrl}/callbacks/twilio`;
  const { authToken } = providers.twilio;
  return Array.from({ length: count }, (_, index) => {
    const id = `m-${randomInt(1, MESSAGES + 1)}`;
    const status = STATUSES[randomInt(1, 4)]!;
    const right = twilioPost(url, { id, status }, authToken);
    const kinds: Post[] = [
      { ...right, headers: {} },
      { ...right, headers: { "x-twilio-signature": randomBytes(20).toString("base64") } },
      { ...right, fields: { ...right.fields, MessageSid: `m-${randomInt(1, 3_000)}x` } },
      { ...right, fields: { ...right.fields, MessageStatus: `${status} ` } },
      { ...right, url: `${url}?delivery=${randomUUID()}` },
      africasTalkingPost(`${publicUrl}/callbacks/africas_talking/${"A".repeat(43)}`, id, status),
    ];
    return kinds[index % kinds.length]!;
  });
}

function shuffle<T>(list: T[]): T[] {
  for (let at = list.length - 1; at > 0; at--) {
    const other = randomInt(at + 1);
    [list[at], list[other]] = [list[other]!, list[at]!];
  }
  return list;
}

async function postAll(posts: readonly Post[]): Promise<Record<number, number>> {
  const answers: Record<number, number> = {};
  let next = 0;
  const work = async () => {
    for (let post = posts[next++]; post; post = posts[next++]) {
      const body = new URLSearchParams(post.fields);
      const { status } = await fetch(post.url, { method: "POST", body, headers: post.headers });
      answers[status] = (answers[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: 24 }, work));
  return answers;
}

test("10,000 receipts, shuffled, doubled and forged in part: every row ends in its true state, no forged one counts (R-29, A-37)", {
  timeout: 180_000,
}, async () => {
  await using world = await openSmsWorld();
  await fillLog(world);
  const { ends, posts } = tellTruth(world);
  const forged = forge(world, 1_500);
  const doubled = posts.concat(posts).slice(0, 8_500);
  const answers = await postAll(shuffle([...doubled, ...forged]));
  expect(answers).toEqual({ 204: 8_500, 403: 1_500 });

  const rows = await world.db.execute<{ id: string; status: string }>(
    sql`select provider_message_id as id, status from ${world.tables.smsDeliveryLog}`,
  );
  const wrong = rows.filter(({ id, status }) => ends.get(id) !== status);
  expect(wrong).toEqual([]);
  const kept = await world.db.execute<{ receipts: number; waiting: number }>(sql`
    select count(*)::int as receipts, count(*) filter (where applied_at is null)::int as waiting
    from ${world.tables.deliveryReceipts}`);
  const told = new Set(
    posts.map(({ fields }) => `${fields.MessageSid ?? fields.id} ${rankOf(fields)}`),
  );
  expect(kept[0]).toEqual({ receipts: told.size, waiting: 0 });
});

/** `queued` of Twilio tells nothing; Africa's Talking's Buffered is as good as Sent. */
const rankOf = ({ MessageStatus, status = "" }: Record<string, string>) =>
  MessageStatus === "queued"
    ? "sent"
    : (MessageStatus ?? { Buffered: "Sent" }[status] ?? status).toLowerCase();
