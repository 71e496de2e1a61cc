import { findMissingParts, type MissingParts } from "@postern/process";
import type { Deps } from "../deps.ts";

/** What is missing, by kind; empty where the service can do its work. */
export type Missing = MissingParts & { database?: true };

/** Asks the database for the tables this service works on and what it must be allowed there. */
export async function findMissing({ db, tables }: Pick<Deps, "db" | "tables">): Promise<Missing> {
  try {
    return await findMissingParts(db, [
      { table: tables.emailDeliveryLog, privileges: ["SELECT", "UPDATE"] },
      { table: tables.smsDeliveryLog, privileges: ["SELECT", "INSERT", "UPDATE"] },
      { table: tables.securityEvents, privileges: ["INSERT"] },
      { table: tables.deliveryReceipts, privileges: ["SELECT", "INSERT", "UPDATE"] },
      { table: tables.suppressions, privileges: ["SELECT", "INSERT", "UPDATE"] },
    ]);
  } catch {
    return { database: true };
  }
}
