import { randomUUID } from "node:crypto";
import { and, eq, isNull } from "drizzle-orm";
import { expect, test } from "vitest";
import { emailDeliveryLog, smsDeliveryLog } from "../index.ts";
import { anHourOn, clearAsSealed, openTables, someSealed } from "../testing/open-tables.ts";
import { refusalOf } from "../testing/refusal-of.ts";

const message = () => ({
  template: "verify_email",
  toEmailHint: "a***@example.com",
  toEmailIndex: "A".repeat(22),
  expiresAt: anHourOn(),
});
const text = () => ({
  template: "sign_in",
  toPhoneHint: "+254*****678",
  toPhoneIndex: "A".repeat(22),
  country: "KE",
  expiresAt: anHourOn(),
});

test("a challenge has one head, and any number of resends that point at it", async () => {
  await using world = await openTables();
  const id = randomUUID();
  const email = { ...message(), challengeId: "a-challenge" };
  await world.db.insert(emailDeliveryLog).values({ ...email, id });
  await world.db.insert(emailDeliveryLog).values({ ...email, resendOf: id });
  await world.db.insert(emailDeliveryLog).values({ ...email, resendOf: id });
  const second = world.db.insert(emailDeliveryLog).values(email);
  expect(await refusalOf(second)).toBe("email_delivery_log_challenge_key");
});

test("of fifty at once, one consumes the head of a challenge", async () => {
  await using world = await openTables();
  await world.db.insert(emailDeliveryLog).values({ ...message(), challengeId: "a-challenge" });
  const consume = () =>
    world.db
      .update(emailDeliveryLog)
      .set({ consumedAt: new Date() })
      .where(
        and(eq(emailDeliveryLog.challengeId, "a-challenge"), isNull(emailDeliveryLog.consumedAt)),
      )
      .returning({ id: emailDeliveryLog.id });
  const consumed = await Promise.all(Array.from({ length: 50 }, consume));
  expect(consumed.flat()).toHaveLength(1);
});

test.for(["delivered", "failed", "expired", "suppressed", "bounced", "complained"] as const)(
  "a row that is %s keeps no payload",
  async (status) => {
    await using world = await openTables();
    const now = new Date();
    const final = { ...message(), status, sentAt: now, deliveredAt: now, failedAt: now };
    const kept = world.db.insert(emailDeliveryLog).values({ ...final, sealedPayload: someSealed });
    expect(await refusalOf(kept)).toBe("email_delivery_log_final_keeps_no_payload");
    await world.db.insert(emailDeliveryLog).values(final);
  },
);

test.for([
  {
    name: "an unknown status",
    values: { status: "lost" as "sent" },
    by: "email_delivery_log_status_is_known",
  },
  {
    name: "a text message's status",
    values: { status: "undelivered" as "sent" },
    by: "email_delivery_log_status_is_known",
  },
  {
    name: "a payload in clear",
    values: { sealedPayload: clearAsSealed },
    by: "email_delivery_log_payload_is_sealed",
  },
  {
    name: "a row that is sending under no lease",
    values: { status: "sending" as const },
    by: "email_delivery_log_lease_while_sending",
  },
  {
    name: "a lease on a row that is not sending",
    values: { leaseId: randomUUID(), leaseExpiresAt: anHourOn() },
    by: "email_delivery_log_lease_while_sending",
  },
  {
    name: "a lease without an end",
    values: { status: "sending" as const, leaseId: randomUUID() },
    by: "email_delivery_log_lease_while_sending",
  },
  {
    name: "a row that was sent at no time",
    values: { status: "sent" as const },
    by: "email_delivery_log_sent_has_time",
  },
])("$name is refused", async ({ values, by }) => {
  await using world = await openTables();
  const insert = world.db.insert(emailDeliveryLog).values({ ...message(), ...values });
  expect(await refusalOf(insert)).toBe(by);
});

test("a receipt finds one row by the provider's id of the message", async () => {
  await using world = await openTables();
  const receipt = { provider: "smtp", providerMessageId: "<1@example.com>" };
  await world.db.insert(emailDeliveryLog).values({ ...message(), ...receipt });
  const again = world.db.insert(emailDeliveryLog).values({ ...message(), ...receipt });
  expect(await refusalOf(again)).toBe("email_delivery_log_provider_message_key");
});

test.for([
  {
    name: "a cost without its currency",
    values: { costMicros: 800_000 },
    by: "sms_delivery_log_cost_has_currency",
  },
  {
    name: "a country that is no ISO code",
    values: { country: "ke" },
    by: "sms_delivery_log_country_is_iso",
  },
  {
    name: "an email's status",
    values: { status: "bounced" as "sent" },
    by: "sms_delivery_log_status_is_known",
  },
])("a text message with $name is refused", async ({ values, by }) => {
  await using world = await openTables();
  await world.db.insert(smsDeliveryLog).values(text());
  const insert = world.db.insert(smsDeliveryLog).values({ ...text(), ...values });
  expect(await refusalOf(insert)).toBe(by);
});
