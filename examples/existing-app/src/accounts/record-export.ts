import { recordSecurityEvent } from "@postern/schema/record";
import type { Database } from "../database.ts";
import { security } from "../security/binding.ts";

/**
 * Records that somebody took the list of customers out of the shop. Was: a row with the file's
 * whole query in it. The type is a word of the shop's own.
 */
export const recordExport = (
  tx: Database,
  { userId, ipAddress, rows }: { userId: number; ipAddress: string; rows: number },
): Promise<void> =>
  recordSecurityEvent(tx, security, {
    eventType: "customers_exported",
    severity: "medium",
    userId,
    ipAddress,
    metadata: { rows },
  });
