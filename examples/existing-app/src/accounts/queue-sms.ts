import { newSeed, normalisePhone } from "@postern/crypto";
import { type MessageKeys, queueMessage } from "@postern/messages";
import type { Database } from "../database.ts";
import { security } from "../security/binding.ts";

const CODE_LIFE_SECONDS = 300;

/**
 * Asks a customer to prove the phone number. Was: send by the shop's own gateway, then insert what
 * was sent, number and text.
 *
 * The row is the queue, as for mail: kept of the number are a mask to read, a blind index to count
 * by and the country. What the text costs is noted when the provider says so. Throws TypeError for
 * what is no number.
 */
export async function queueSms(
  tx: Database,
  keys: MessageKeys,
  user: { id: number; phoneNumber: string },
): Promise<string> {
  const { id } = await queueMessage(
    tx,
    { ...keys, tables: security },
    {
      name: "verify_phone_code_sms",
      userId: user.id,
      to: normalisePhone(user.phoneNumber, "KE") ?? "",
      seed: newSeed(),
      lifeSeconds: CODE_LIFE_SECONDS,
    },
  );
  return id;
}
