import { sql } from "drizzle-orm";
import { check, index, inet, uniqueIndex, varchar } from "drizzle-orm/pg-core";
import { type Binding, userKey } from "../binding.ts";
import { createdAt, digest, id, instant, isDigest, oneOf, userAgent, userId } from "../columns.ts";
import { posternBinding } from "../postern-binding.ts";
import type { UsersTable } from "../users-table.ts";

export const recoveryMethods = ["email_link", "email_code", "sms_code", "admin"] as const;

/**
 * A way back into an account that was asked for: a reset link or a code.
 *
 * The link's secret is derived and stored as SHA-256. Single use by structure: using one is an
 * UPDATE of a row whose `usedAt` is null. A row is never both used and revoked.
 */
export const defineAccountRecovery = <U extends UsersTable, S extends string | undefined>({
  table,
  users,
}: Binding<U, S>) =>
  table(
    "account_recovery",
    {
      id: id(),
      userId: userId(users).notNull(),
      method: varchar("method", { length: 32, enum: recoveryMethods }).notNull(),
      tokenHash: digest("token_hash").notNull(),
      ipAddress: inet("ip_address"),
      userAgent: userAgent(),
      expiresAt: instant("expires_at").notNull(),
      usedAt: instant("used_at"),
      revokedAt: instant("revoked_at"),
      createdAt: createdAt(),
    },
    (t) => [
      userKey("account_recovery_user_fk", [t.userId, users], "cascade"),
      uniqueIndex("account_recovery_token_hash_key").on(t.tokenHash),
      index("account_recovery_by_user").on(t.userId, t.createdAt),
      check("account_recovery_method_is_known", oneOf(t.method, recoveryMethods)),
      check("account_recovery_token_is_digested", isDigest(t.tokenHash)),
      check("account_recovery_ends_once", sql`${t.usedAt} is null or ${t.revokedAt} is null`),
    ],
  );

export const accountRecovery = defineAccountRecovery(posternBinding);
