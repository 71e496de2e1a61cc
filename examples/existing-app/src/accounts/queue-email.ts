import { newSeed, normaliseEmail } from "@postern/crypto";
import { type MessageKeys, queueMessage } from "@postern/messages";
import type { Database } from "../database.ts";
import { security } from "../security/binding.ts";

const CODE_LIFE_SECONDS = 300;

/**
 * Asks a customer to prove the address. Was: send by SMTP, then insert what was sent, code and all.
 *
 * The row is the queue: the notifier sends it once the transaction commits. Neither the address nor
 * the code stands in it. Throws TypeError where the shop's row holds no address.
 */
export async function queueEmail(
  tx: Database,
  keys: MessageKeys,
  user: { id: number; emailAddress: string },
): Promise<string> {
  const { id } = await queueMessage(
    tx,
    { ...keys, tables: security },
    {
      name: "verify_email_code",
      userId: user.id,
      to: normaliseEmail(user.emailAddress) ?? "",
      seed: newSeed(),
      lifeSeconds: CODE_LIFE_SECONDS,
    },
  );
  return id;
}
