import { sql } from "drizzle-orm";
import { bigint, check, text, uniqueIndex, varchar } from "drizzle-orm/pg-core";
import { type Binding, userKey } from "../binding.ts";
import { createdAt, id, instant, isSealed, oneOf, sealed, userId } from "../columns.ts";
import { posternBinding } from "../postern-binding.ts";
import type { UsersTable } from "../users-table.ts";

export const twoFactorMethods = ["totp", "sms", "email"] as const;

/**
 * A second factor of an account, one row a method. It counts only once `confirmedAt` is set.
 *
 * The TOTP secret is sealed. `lastUsedStep` is the 30-second step last accepted (RFC 6238 5.2):
 * that step and older ones are refused. Backup codes are keyed digests, removed as they are used.
 */
export const defineTwoFactorAuth = <U extends UsersTable, S extends string | undefined>({
  table,
  users,
}: Binding<U, S>) =>
  table(
    "two_factor_auth",
    {
      id: id(),
      userId: userId(users).notNull(),
      method: varchar("method", { length: 16, enum: twoFactorMethods }).notNull(),
      encryptedSecret: sealed("two_factor_auth", "encrypted_secret"),
      lastUsedStep: bigint("last_used_step", { mode: "number" }),
      backupCodeHashes: text("backup_code_hashes").array(),
      confirmedAt: instant("confirmed_at"),
      lastUsedAt: instant("last_used_at"),
      createdAt: createdAt(),
    },
    (t) => [
      userKey("two_factor_auth_user_fk", [t.userId, users], "cascade"),
      uniqueIndex("two_factor_auth_user_method_key").on(t.userId, t.method),
      check("two_factor_auth_method_is_known", oneOf(t.method, twoFactorMethods)),
      check("two_factor_auth_secret_is_sealed", isSealed(t.encryptedSecret)),
      check(
        "two_factor_auth_totp_has_secret",
        sql`(${t.method} = 'totp') = (${t.encryptedSecret} is not null)`,
      ),
    ],
  );

export const twoFactorAuth = defineTwoFactorAuth(posternBinding);
