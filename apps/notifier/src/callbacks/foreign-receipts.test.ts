import { twilioSignature } from "@postern/devkit";
import { callbackPath } from "@postern/messages";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { mailProviderOf } from "../channels/mail-provider.ts";
import { deliver } from "../deliveries/deliver.ts";
import { sweep } from "../deliveries/sweep.ts";
import { claimDue } from "../testing/claim-due.ts";
import {
  openSmsWorld,
  postCallback,
  queueSms,
  readTexts,
  type SmsWorld,
  sentMail,
  WEBHOOK_SECRET,
} from "../testing/sms-world.ts";
import { makeSnsKey } from "../testing/sns-certificate.ts";
import { sesBounce, snsMessage } from "../testing/sns-message.ts";
import { readRow } from "../testing/world.ts";
import { SIGNATURE_HEADER, signBody } from "../webhooks/signed-body.ts";

const MESSAGE_ID = "m-1";
const key = makeSnsKey();
const openReporters = () => openSmsWorld("*:twilio>africas_talking", async () => key.certificate);

/** A receipt that its provider truly signed, about any row it likes: the recipient wants no more. */
const REPORTERS: Record<string, (world: SmsWorld, deliveryId: string) => Promise<number>> = {
  twilio: async (world, deliveryId) => {
    const path = `/callbacks/twilio?delivery=${deliveryId}`;
    const fields = { MessageSid: MESSAGE_ID, MessageStatus: "undelivered", ErrorCode: "21610" };
    const { authToken } = world.providers.twilio;
    const signature = twilioSignature(authToken, `${world.publicUrl}${path}`, fields);
    return post(world, path, {
      body: new URLSearchParams(fields).toString(),
      headers: { "x-twilio-signature": signature },
    });
  },
  africas_talking: (world) =>
    post(world, callbackPath(world.digestKeys, "africas_talking"), {
      body: `id=${MESSAGE_ID}&status=Rejected&failureReason=UserInBlackList`,
    }),
  webhook: async (world, deliveryId) => {
    const report = { id: MESSAGE_ID, deliveryId, status: "undelivered", optOut: true };
    const body = JSON.stringify(report);
    const headers = { [SIGNATURE_HEADER]: signBody(WEBHOOK_SECRET, body, new Date()) };
    return post(world, "/callbacks/webhook", { body, headers });
  },
  postmark: (world, delivery) =>
    post(world, callbackPath(world.digestKeys, "postmark"), {
      body: JSON.stringify({
        RecordType: "SpamComplaint",
        MessageID: MESSAGE_ID,
        Metadata: { delivery },
      }),
    }),
  ses: (world, deliveryId) =>
    post(world, "/callbacks/ses", {
      body: JSON.stringify(snsMessage(key, { Message: sesBounce(deliveryId) })),
    }),
};

async function post(world: SmsWorld, path: string, options: Parameters<typeof postCallback>[2]) {
  return (await postCallback(world, path, options)).statusCode;
}

const TEXT_PROVIDERS = ["twilio", "africas_talking", "webhook"];
const pairsOf = (senders: string[], reporters: string[]) =>
  senders.flatMap((sender) => reporters.map((reporter) => ({ sender, reporter })));

/** Tried again by the sweep, it is not believed either. */
async function report(world: SmsWorld, reporter: string, id: string) {
  expect(await REPORTERS[reporter]!(world, id)).toBe(204);
  await sweep(world);
}

const SENDING = sql`status = 'sending', lease_id = id, lease_expires_at = now() + interval '1 minute'`;
const SENT = sql`status = 'sent', sent_at = now(), lease_id = null, lease_expires_at = null`;

test.for(
  pairsOf([...TEXT_PROVIDERS, "inbox"], TEXT_PROVIDERS).flatMap((pair) => [
    { ...pair, status: "sending" },
    { ...pair, status: "sent" },
  ]),
)(
  "of a text of $sender that is $status, $reporter is believed only where it is the same (R-29)",
  async ({ sender, reporter, status }) => {
    await using world = await openReporters();
    const id = await queueSms(world, "+254712345678");
    const log = world.tables.smsDeliveryLog;
    await world.owner.execute(sql`update ${log} set ${SENDING}, provider = ${sender},
      provider_message_id = ${MESSAGE_ID}`);
    if (status === "sent") await world.owner.execute(sql`update ${log} set ${SENT}`);
    await report(world, reporter, id);
    const isBelieved = sender === reporter;
    expect((await readTexts(world)).find((row) => row.id === id)).toMatchObject({
      status: isBelieved ? "undelivered" : status,
      provider: sender,
    });
    expect(await world.db.$count(world.tables.suppressions)).toBe(isBelieved ? 1 : 0);
  },
);

test.for(pairsOf(["postmark", "ses", "smtp"], ["postmark", "ses", "twilio", "webhook"]))(
  "of a mail that $sender sent, $reporter is believed only where it may have sent it (R-29)",
  async ({ sender, reporter }) => {
    await using world = await openReporters();
    const id = await sentMail(world);
    await world.owner.execute(sql`update ${world.tables.emailDeliveryLog} set provider = ${sender}
      where id = ${id}`);
    await report(world, reporter, id);
    const isText = TEXT_PROVIDERS.includes(reporter);
    const isBelieved = !isText && [reporter, "smtp"].includes(sender);
    const end = reporter === "ses" ? "bounced" : "complained";
    expect(await readRow(world, id)).toMatchObject({
      status: isBelieved ? end : "sent",
      provider: sender,
    });
    expect(await world.db.$count(world.tables.suppressions)).toBe(isBelieved ? 1 : 0);
  },
);

test.for(["postmark", "ses"])(
  "a mail that is just being sent through SES has no receipt of %s but its own",
  async (reporter) => {
    await using world = await openReporters();
    const id = await sentMail(world);
    const log = world.tables.emailDeliveryLog;
    await world.owner.execute(sql`update ${log} set provider = null`);
    Object.assign(world.email, { provider: mailProviderOf("email-smtp.eu-west-1.amazonaws.com") });
    await report(world, reporter, id);
    const status = reporter === "ses" ? "bounced" : "sent";
    expect(await readRow(world, id)).toMatchObject({ status });
  },
);

test("a text names its provider before it is offered, and is not sent under another's lease", async () => {
  await using world = await openReporters();
  await queueSms(world, "+254712345678");
  const [claimed] = await claimDue(world, "sms");
  const log = world.tables.smsDeliveryLog;
  const seen: unknown[] = [];
  const route = world.sms.find("KE", null)!;
  const send: typeof route.send = async (...sent) => {
    seen.push((await readTexts(world))[0]?.provider);
    return route.send(...sent);
  };
  const sms = { ...world.sms, find: () => ({ ...route, send }) };
  const signal = new AbortController().signal;

  await world.owner.execute(sql`update ${log} set lease_id = gen_random_uuid()`);
  await deliver({ ...world, sms }, claimed!, signal);
  expect([seen, world.providers.taken().length]).toEqual([[], 0]);

  await world.owner.execute(sql`update ${log} set lease_id = ${claimed!.leaseId}`);
  await deliver({ ...world, sms }, claimed!, signal);
  expect([seen, world.providers.taken().length]).toEqual([["twilio"], 1]);
});

test.for([
  ["smtp.postmarkapp.com", "postmark"],
  ["email-smtp.eu-west-1.amazonaws.com", "ses"],
  ["email-smtp.eu-west-1.amazonaws.com.evil.example", "smtp"],
  ["mail.example.com", "smtp"],
] as const)("mails through %s are %s's", ([host, provider]) => {
  expect(mailProviderOf(host)).toBe(provider);
});
