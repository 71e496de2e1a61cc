import { createSecuritySchema } from "@postern/schema";
import { users } from "../shop/users.ts";

/**
 * Postern's tables on the shop's own users, in a PostgreSQL schema that the shop chose.
 *
 * `columns` names what is called otherwise here; a property named as Postern names it, such as
 * `phoneNumber`, is found without.
 */
export const security = createSecuritySchema({
  users,
  schema: "security",
  columns: {
    email: users.emailAddress,
    name: users.fullName,
    passwordHash: users.pwHash,
    createdAt: users.joinedAt,
  },
});
