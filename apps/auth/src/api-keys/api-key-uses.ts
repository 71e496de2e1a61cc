import type { Database } from "@postern/process";
import { sql } from "drizzle-orm";
import type { Logger } from "pino";
import type { Tables } from "../tables.ts";

export type ApiKeyUses = {
  /** Remembers that a key was used just now. Never waits, never throws. */
  readonly note: (keyId: string, ipAddress: string) => void;
  /** Writes what waits and stops. */
  readonly stop: () => Promise<void>;
};

const FLUSH_MILLISECONDS = 5_000;
/** The ones beyond keep the time of an earlier use. */
const KEYS_MAX = 10_000;

/**
 * When each key was last used, written in batches: a check of a key is a read and stays one (D12).
 * A process that is killed loses the last 5 seconds of it, which nothing depends on.
 */
export function startApiKeyUses(deps: { db: Database; tables: Tables; log: Logger }): ApiKeyUses {
  const { db, tables, log } = deps;
  let waiting = new Map<string, { id: string; at: string; ip: string }>();
  const flush = async () => {
    if (waiting.size === 0) return;
    const uses = [...waiting.values()];
    waiting = new Map();
    try {
      await db.execute(sql`
        update ${tables.apiKeys} k set last_used_at = greatest(k.last_used_at, used.at),
          last_used_ip = used.ip
        from jsonb_to_recordset(${JSON.stringify(uses)}::jsonb)
          as used (id uuid, at timestamptz, ip inet)
        where k.id = used.id`);
    } catch (error) {
      log.warn({ err: error }, "when API keys were used was not recorded");
    }
  };
  const timer = setInterval(() => void flush(), FLUSH_MILLISECONDS).unref();
  return {
    note: (id, ip) => {
      if (waiting.size < KEYS_MAX || waiting.has(id)) {
        waiting.set(id, { id, at: new Date().toISOString(), ip });
      }
    },
    stop: () => {
      clearInterval(timer);
      return flush();
    },
  };
}
