import { createSecuritySchema } from "@postern/schema";
import { pgTable, serial, text, varchar } from "drizzle-orm/pg-core";

/** An app's own users, by names and ids of its own. */
const people = pgTable("people", {
  id: serial("person_no").primaryKey(),
  mobile: varchar("mobile", { length: 32 }),
  totpSecret: text("totp_secret"),
});

const { securityEvents, twoFactorAuth, emailDeliveryLog, signingKeys } = createSecuritySchema({
  users: people,
  schema: "auth",
  columns: { phoneNumber: people.mobile, twoFactorSecret: people.totpSecret },
});

/** What that app pushes. */
export const declared = { people, securityEvents, twoFactorAuth, emailDeliveryLog, signingKeys };
