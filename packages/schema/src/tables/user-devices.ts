import { check, index, inet, uniqueIndex, varchar } from "drizzle-orm/pg-core";
import { type Binding, userKey } from "../binding.ts";
import { digest, id, instant, isDigest, userId } from "../columns.ts";
import { posternBinding } from "../postern-binding.ts";
import type { UsersTable } from "../users-table.ts";

/**
 * A browser or app that signed in to an account before. Its token opens the known-device lane.
 *
 * Only the SHA-256 of the token is stored, and it means something for this user alone. Trusted is
 * derived: `trustedUntil` is to come and `revokedAt` is null.
 */
export const defineUserDevices = <U extends UsersTable, S extends string | undefined>({
  table,
  users,
}: Binding<U, S>) =>
  table(
    "user_devices",
    {
      id: id(),
      userId: userId(users).notNull(),
      tokenHash: digest("token_hash").notNull(),
      fingerprint: digest("fingerprint"),
      name: varchar("name", { length: 100 }),
      browser: varchar("browser", { length: 64 }),
      os: varchar("os", { length: 64 }),
      deviceType: varchar("device_type", { length: 32 }),
      trustedUntil: instant("trusted_until"),
      firstSeenAt: instant("first_seen_at").notNull().defaultNow(),
      lastSeenAt: instant("last_seen_at").notNull().defaultNow(),
      lastIp: inet("last_ip"),
      revokedAt: instant("revoked_at"),
    },
    (t) => [
      userKey("user_devices_user_fk", [t.userId, users], "cascade"),
      uniqueIndex("user_devices_token_hash_key").on(t.tokenHash),
      // "List my devices", and the foreign key. Nobody has so many that revoked ones are in the
      // way.
      index("user_devices_by_user").on(t.userId, t.lastSeenAt),
      check("user_devices_token_is_digested", isDigest(t.tokenHash)),
    ],
  );

export const userDevices = defineUserDevices(posternBinding);
