import { randomBytes } from "node:crypto";
import { createDigestKeys, createKeyRing, newSeed } from "@postern/crypto";
import { queueMessage, sealMessage } from "@postern/messages";
import { emailDeliveryLog, smsDeliveryLog } from "@postern/schema";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";

const BULK = 3;
const ROWS_AT_ONCE = 1_000;

/** Queues mails as the auth service does, under keys of its own. */
export function openQueue(url: string) {
  const hex = () => randomBytes(32).toString("hex");
  const keys = { SYSTEM_ENCRYPTION_KEY: hex(), BLIND_INDEX_KEY: hex() };
  const sql = postgres(url, { max: 4, onnotice: () => undefined });
  const db = drizzle(sql);
  const sealing = {
    keyRing: createKeyRing({ active: { id: 1, hex: keys.SYSTEM_ENCRYPTION_KEY } }),
    digestKeys: createDigestKeys(keys.BLIND_INDEX_KEY),
    tables: { emailDeliveryLog, smsDeliveryLog },
  };
  const message = (to: string) =>
    ({ name: "verify_email_code", to, seed: newSeed(), lifeSeconds: 600 }) as const;
  return {
    environment: { DATABASE_URL: url, ...keys },
    /** Codes, but in the lane of bulk mail. */
    async queueBulk(count: number): Promise<void> {
      for (let first = 0; first < count; first += ROWS_AT_ONCE) {
        const rows = Array.from({ length: Math.min(ROWS_AT_ONCE, count - first) }, (_, index) => {
          const sealed = sealMessage(sealing, message(`reader${first + index}@example.com`));
          return {
            id: sealed.id,
            template: sealed.template,
            priority: BULK,
            to_email_hint: sealed.recipientHint,
            to_email_index: sealed.recipientIndex,
            sealed_payload: String(sealed.sealedPayload),
            expires_at: new Date(Date.now() + 3_600_000).toISOString(),
          };
        });
        await sql`insert into postern.email_delivery_log ${sql(rows)}`;
      }
      await sql`vacuum analyze postern.email_delivery_log`;
    },
    async queueCode(to: string): Promise<void> {
      await queueMessage(db, sealing, { ...message(to), userId: null });
    },
    async empty(): Promise<void> {
      await sql`truncate postern.email_delivery_log`;
    },
    [Symbol.asyncDispose]: () => sql.end(),
  };
}

export type Queue = ReturnType<typeof openQueue>;
