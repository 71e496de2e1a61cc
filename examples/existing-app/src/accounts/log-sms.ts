import { blindIndex, type DigestKeys, maskPhone, normalisePhone } from "@postern/crypto";
import { sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { security } from "../security/binding.ts";

const { smsDeliveryLog } = security;

export type SentSms = {
  userId: number;
  phoneNumber: string;
  template: string;
  provider: string;
  providerMessageId: string;
  /** In millionths of the currency: KES 0.80 is 800,000. */
  costMicros: number;
};

/**
 * Notes a text that the shop's own gateway has sent. Was: the same with the number and the text.
 *
 * Kept are a mask to read and a blind index to count by. Throws TypeError for what is no number.
 */
export async function logSms(tx: Database, digestKeys: DigestKeys, sms: SentSms): Promise<void> {
  const phone = normalisePhone(sms.phoneNumber, "KE");
  if (!phone) throw new TypeError("A text goes to a phone number.");
  const { phoneNumber: _, ...rest } = sms;
  await tx.insert(smsDeliveryLog).values({
    ...rest,
    toPhoneHint: maskPhone(phone),
    toPhoneIndex: blindIndex(digestKeys, "sms_delivery_log.to_phone_index", phone),
    country: "KE",
    currency: "KES",
    status: "sent",
    sentAt: sql`now()`,
    // Nothing waits to be sent, so nothing can come too late.
    expiresAt: sql`now()`,
  });
}
