import { sql } from "drizzle-orm";
import { check, index, inet, uuid, varchar } from "drizzle-orm/pg-core";
import { type Binding, type UsersTable, userKey } from "../binding.ts";
import { blindIndex, createdAt, logId, oneOf, userAgent, userId } from "../columns.ts";
import { posternBinding } from "../default.ts";

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
      index("login_attempts_by_user").on(t.userId, t.createdAt.desc()),
      index("login_attempts_by_identifier").on(t.identifierIndex, t.createdAt.desc()),
      index("login_attempts_by_ip_address").on(t.ipAddress, t.createdAt.desc()),
      // Dashboards ask for failures; successes are the bulk of the rows.
      index("login_attempts_failed")
        .on(t.createdAt.desc(), t.ipAddress)
        .where(sql`${t.attemptResult} <> 'success'`),
      index("login_attempts_created_brin").using("brin", t.createdAt),
      check("login_attempts_result_is_known", oneOf(t.attemptResult, attemptResults)),
    ],
  );

export const loginAttempts = defineLoginAttempts(posternBinding);
