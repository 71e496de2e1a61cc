import { sql } from "drizzle-orm";
import { check, index, inet, integer, uniqueIndex, uuid, varchar } from "drizzle-orm/pg-core";
import { type Binding, userKey } from "../binding.ts";
import {
  createdAt,
  digest,
  id,
  instant,
  isDigest,
  isSealed,
  oneOf,
  sealed,
  userAgent,
  userId,
} from "../columns.ts";
import { posternBinding } from "../postern-binding.ts";
import type { UsersTable } from "../users-table.ts";

export const refreshTokenEnds = [
  "signed_out",
  "signed_out_everywhere",
  "ended_by_user",
  "ended_by_admin",
  "reuse_detected",
  "password_changed",
  "account_disabled",
  "account_claimed",
  "account_erased",
  "password_reset",
  "factor_changed",
  "stepped_up",
  "session_limit",
  "fingerprint_mismatch",
  "contact_changed",
  "provider_unlinked",
  "role_lost",
] as const;

/**
 * One link in the chain of refresh tokens that keeps a session alive; `familyId` is the session.
 *
 * Only the SHA-256 of a token is stored. Using one sets `rotatedAt` and inserts its successor, one
 * generation on, in the same statement. Generation 0 is the head: revoking it alone ends the
 * session, so no successor can slip past. Live is derived, never stored: head not revoked, token
 * not rotated, `expiresAt` to come. The idle end slides; the absolute end never moves.
 */
export const defineRefreshTokens = <U extends UsersTable, S extends string | undefined>({
  table,
  users,
}: Binding<U, S>) =>
  table(
    "refresh_tokens",
    {
      id: id(),
      familyId: uuid("family_id").notNull(),
      userId: userId(users).notNull(),
      tokenHash: digest("token_hash").notNull(),
      generation: integer("generation").notNull().default(0),
      /** How the user proved who they are, RFC 8176 words separated by spaces. */
      amr: varchar("amr", { length: 64 }).notNull(),
      /** Of generation 0: the provider connection that began the session, if one did. */
      connectionId: uuid("connection_id"),
      deviceId: uuid("device_id"),
      deviceName: varchar("device_name", { length: 100 }),
      deviceFingerprint: digest("device_fingerprint"),
      ipAddress: inet("ip_address"),
      userAgent: userAgent(),
      expiresAt: instant("expires_at").notNull(),
      absoluteExpiresAt: instant("absolute_expires_at").notNull(),
      rotatedAt: instant("rotated_at"),
      sealedSuccessor: sealed("refresh_tokens", "sealed_successor"),
      revokedAt: instant("revoked_at"),
      revokedReason: varchar("revoked_reason", { length: 32, enum: refreshTokenEnds }),
      lastUsedAt: instant("last_used_at").notNull().defaultNow(),
      createdAt: createdAt(),
    },
    (t) => [
      userKey("refresh_tokens_user_fk", [t.userId, users], "cascade"),
      uniqueIndex("refresh_tokens_token_hash_key").on(t.tokenHash),
      // Two successors of one token would share a generation: the second insert fails.
      uniqueIndex("refresh_tokens_family_generation_key").on(t.familyId, t.generation),
      // "List my sessions" and "sign out everywhere" touch the heads that live.
      index("refresh_tokens_live_by_user")
        .on(t.userId)
        .where(sql`${t.generation} = 0 and ${t.revokedAt} is null`),
      index("refresh_tokens_by_user").on(t.userId),
      index("refresh_tokens_by_absolute_end").on(t.absoluteExpiresAt),
      check("refresh_tokens_token_is_digested", isDigest(t.tokenHash)),
      check("refresh_tokens_successor_is_sealed", isSealed(t.sealedSuccessor)),
      check(
        "refresh_tokens_successor_after_rotation",
        sql`${t.sealedSuccessor} is null or ${t.rotatedAt} is not null`,
      ),
      check(
        "refresh_tokens_revoked_has_reason",
        sql`(${t.revokedAt} is null) = (${t.revokedReason} is null)`,
      ),
      check("refresh_tokens_reason_is_known", oneOf(t.revokedReason, refreshTokenEnds)),
      check("refresh_tokens_idle_within_absolute", sql`${t.expiresAt} <= ${t.absoluteExpiresAt}`),
    ],
  );

export const refreshTokens = defineRefreshTokens(posternBinding);
