import { twilioSignature } from "@postern/devkit";
import { callbackPath } from "@postern/messages";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { sweep } from "../deliveries/sweep.ts";
import {
  openSmsWorld,
  postCallback,
  queueSms,
  readTexts,
  type SmsWorld,
} from "../testing/sms-world.ts";

const GOOD = "+254712345678";

/** The worker writes down what the provider answered: until then a receipt finds no row. */
async function writeAnswers({ owner, tables }: SmsWorld): Promise<void> {
  const log = tables.smsDeliveryLog;
  await owner.execute(sql`update ${log}
    set status = 'sending', lease_id = id, lease_expires_at = now() + interval '1 minute'`);
  await owner.execute(sql`update ${log} set status = 'sent', sent_at = now(),
    provider = 'africas_talking', provider_message_id = 'AT-' || id,
    lease_id = null, lease_expires_at = null`);
}

test("of several receipts that wait for their row the highest wins, in whatever order they came (R-29)", async () => {
  await using world = await openSmsWorld();
  const path = callbackPath(world.digestKeys, "africas_talking");
  const orders = [
    ["Success", "Failed", "Sent"],
    ["Sent", "Failed", "Success"],
    ["Failed", "Success", "Sent"],
  ];
  for (const words of orders) {
    const id = await queueSms(world, GOOD);
    for (const status of words) {
      const body = `${new URLSearchParams({ id: `AT-${id}`, status })}`;
      expect((await postCallback(world, path, { body })).statusCode).toBe(204);
    }
  }
  await writeAnswers(world);
  await sweep(world);
  const rows = await readTexts(world);
  expect(rows.map(({ status }) => status)).toEqual(["delivered", "delivered", "delivered"]);
  expect(rows.map(({ failedAt }) => failedAt)).toEqual([null, null, null]);
});

test.for(["failed", "expired", "suppressed"])(
  "a receipt for a row that ended as %s is taken and moves nothing (R-29)",
  async (status) => {
    await using world = await openSmsWorld();
    const id = await queueSms(world, GOOD);
    const log = world.tables.smsDeliveryLog;
    await world.owner.execute(sql`update ${log}
      set status = 'sending', lease_id = id, lease_expires_at = now() + interval '1 minute'`);
    await world.owner.execute(sql`update ${log} set status = ${status}, sealed_payload = null,
      failed_at = case when ${status} = 'failed' then now() end,
      lease_id = null, lease_expires_at = null`);
    const [before] = await readTexts(world);
    const url = `${world.publicUrl}/callbacks/twilio?delivery=${id}`;
    const fields = { MessageSid: "SM1", MessageStatus: "delivered" };
    const signature = twilioSignature(world.providers.twilio.authToken, url, fields);
    const answer = await postCallback(world, `/callbacks/twilio?delivery=${id}`, {
      body: `${new URLSearchParams(fields)}`,
      headers: { "x-twilio-signature": signature },
    });
    expect(answer.statusCode).toBe(204);
    expect(await readTexts(world)).toEqual([before]);
  },
);
