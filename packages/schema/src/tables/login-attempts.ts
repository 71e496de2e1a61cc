import { type SQL, sql } from "drizzle-orm";
import { type AnyPgColumn, check, index, inet, uuid, varchar } from "drizzle-orm/pg-core";
import { type Binding, userKey } from "../binding.ts";
import { blindIndex, createdAt, logId, oneOf, userAgent, userId } from "../columns.ts";
import { posternBinding } from "../postern-binding.ts";
import type { UsersTable } from "../users-table.ts";

export const attemptResults = [
  "success",
  "failed_password",
  "unknown_account",
  "failed_second_factor",
  "second_factor_required",
  "locked",
  "throttled",
  "disabled",
  "expired_password",
] as const;

/**
 * The attempts that got nowhere. A right password that waits for its second factor, or that has
 * expired, is none. An index serves only a query with the very same words, so both have them here.
 */
export const isFailedAttempt = (attemptResult: AnyPgColumn): SQL =>
  sql`${attemptResult} not in ('success', 'second_factor_required', 'expired_password')`;

/**
 * Every attempt to sign in, kept whether or not the account exists.
 *
 * What the caller typed is never stored: a mask for people (`identifierHint`) and a keyed digest
 * to count by (`identifierIndex`), so a spray over unknown accounts is visible. `userId` is null
 * for those. Append-only, but for `userId`, which erasing an account sets to null.
 */
export const defineLoginAttempts = <U extends UsersTable, S extends string | undefined>({
  table,
  users,
}: Binding<U, S>) =>
  table(
    "login_attempts",
    {
      id: logId(),
      identifierHint: varchar("identifier_hint", { length: 260 }).notNull(),
      identifierIndex: blindIndex("identifier_index").notNull(),
      userId: userId(users),
      ipAddress: inet("ip_address"),
      userAgent: userAgent(),
      attemptResult: varchar("attempt_result", { length: 32, enum: attemptResults }).notNull(),
      failureReason: varchar("failure_reason", { length: 100 }),
      deviceId: uuid("device_id"),
      createdAt: createdAt(),
    },
    (t) => [
      userKey("login_attempts_user_fk", [t.userId, users], "set null"),
      // What an account did (user_activity_log), and the foreign key when one is erased.
      index("login_attempts_by_user").on(t.userId, t.createdAt),
      // Guesses at one identifier, whether or not an account has it.
      index("login_attempts_by_identifier").on(t.identifierIndex, t.createdAt),
      // What one address did.
      index("login_attempts_by_ip_address").on(t.ipAddress, t.createdAt),
      // failedSignInsByIp reads nothing else. Successes are the bulk of the rows, and not in it.
      index("login_attempts_failed")
        .on(t.createdAt, t.ipAddress, t.identifierIndex)
        .where(isFailedAttempt(t.attemptResult)),
      // Stretches of time: the last hour (deployment_metrics), and what retention takes.
      index("login_attempts_created_brin").using("brin", t.createdAt),
      check("login_attempts_result_is_known", oneOf(t.attemptResult, attemptResults)),
    ],
  );

export const loginAttempts = defineLoginAttempts(posternBinding);
