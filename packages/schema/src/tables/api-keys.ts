import { sql } from "drizzle-orm";
import { check, index, inet, integer, text, uniqueIndex, varchar } from "drizzle-orm/pg-core";
import { type Binding, userKey } from "../binding.ts";
import { createdAt, digest, id, instant, isDigest, userId } from "../columns.ts";
import { posternBinding } from "../postern-binding.ts";
import type { UsersTable } from "../users-table.ts";

/**
 * A key with which a program acts for a user, within `scopes`.
 *
 * The key is shown once; its SHA-256 is stored, and `prefix` is what people and secret scanners
 * recognise it by. Live is derived: not revoked and `expiresAt` to come.
 */
export const defineApiKeys = <U extends UsersTable, S extends string | undefined>({
  table,
  users,
}: Binding<U, S>) =>
  table(
    "api_keys",
    {
      id: id(),
      userId: userId(users).notNull(),
      name: varchar("name", { length: 100 }).notNull(),
      prefix: varchar("prefix", { length: 32 }).notNull(),
      keyHash: digest("key_hash").notNull(),
      scopes: text("scopes").array().notNull(),
      rateLimitPerMinute: integer("rate_limit_per_minute"),
      expiresAt: instant("expires_at").notNull(),
      lastUsedAt: instant("last_used_at"),
      lastUsedIp: inet("last_used_ip"),
      revokedAt: instant("revoked_at"),
      createdAt: createdAt(),
    },
    (t) => [
      userKey("api_keys_user_fk", [t.userId, users], "cascade"),
      uniqueIndex("api_keys_key_hash_key").on(t.keyHash),
      index("api_keys_by_user").on(t.userId, t.createdAt),
      check("api_keys_key_is_digested", isDigest(t.keyHash)),
      check("api_keys_rate_is_positive", sql`${t.rateLimitPerMinute} > 0`),
    ],
  );

export const apiKeys = defineApiKeys(posternBinding);
