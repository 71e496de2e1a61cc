import { sql } from "drizzle-orm";
import { check, index, text } from "drizzle-orm/pg-core";
import { type Binding, userKey } from "../binding.ts";
import { createdAt, id, userId } from "../columns.ts";
import { posternBinding } from "../postern-binding.ts";
import type { UsersTable } from "../users-table.ts";

/**
 * Hashes of passwords that a user no longer has, so that none of the last few is chosen again.
 *
 * A row is written when a password is replaced by another one; replacing a weak hash of the same
 * password is no change and writes none.
 */
export const definePasswordHistory = <U extends UsersTable, S extends string | undefined>({
  table,
  users,
}: Binding<U, S>) =>
  table(
    "password_history",
    {
      id: id(),
      userId: userId(users).notNull(),
      passwordHash: text("password_hash").notNull(),
      createdAt: createdAt(),
    },
    (t) => [
      userKey("password_history_user_fk", [t.userId, users], "cascade"),
      index("password_history_by_user").on(t.userId, t.createdAt),
      check(
        "password_history_password_is_hashed",
        sql`${t.passwordHash} ~ '^[$][a-z0-9-]+[$]|^[0-9a-f]{32}:'`,
      ),
    ],
  );

export const passwordHistory = definePasswordHistory(posternBinding);
