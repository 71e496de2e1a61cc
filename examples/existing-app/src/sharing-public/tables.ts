import { createSecuritySchema } from "@postern/schema";
import { users } from "../shop/users.ts";

/**
 * The first phase once more, for a shop that would rather have it in `public`, among its own. The
 * views are there for drizzle-kit, which drops those that it does not know.
 */
export const {
  loginAttempts,
  securityEvents,
  emailDeliveryLog,
  smsDeliveryLog,
  usersPublic,
  usersAuthenticated,
  usersAdmin,
  userSecurityStatus,
  userActivityLog,
  deploymentMetrics,
} = createSecuritySchema({
  users,
  schema: "public",
  columns: {
    email: users.emailAddress,
    name: users.fullName,
    passwordHash: users.pwHash,
    createdAt: users.joinedAt,
  },
});
