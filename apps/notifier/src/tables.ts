import { bindDefaultTables } from "@postern/schema";

/** Every table this service touches. Nothing else names a table of the schema. */
export type Tables = ReturnType<typeof bindTables>;

/** Binds the default users table in the PostgreSQL schema of DATABASE_SCHEMA (D16). */
export function bindTables(databaseSchema: string) {
  const {
    emailDeliveryLog,
    smsDeliveryLog,
    securityEvents,
    deliveryReceipts,
    suppressions,
    alerts,
  } = bindDefaultTables(databaseSchema);
  return {
    emailDeliveryLog,
    smsDeliveryLog,
    securityEvents,
    deliveryReceipts,
    suppressions,
    alerts,
  };
}
