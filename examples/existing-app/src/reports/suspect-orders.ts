import { and, desc, eq, gt, ne, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { security } from "../security/binding.ts";
import { orders } from "../shop/orders.ts";
import { users } from "../shop/users.ts";

const { loginAttempts } = security;

/**
 * Orders of the customers whose account somebody failed to enter in the last 24 hours, newest
 * failure first: the shop's tables and Postern's in one query, as the packing table asks it.
 */
export const findSuspectOrders = (db: Database) =>
  db
    .select({
      number: orders.number,
      fullName: users.fullName,
      status: orders.status,
      result: loginAttempts.attemptResult,
      ipAddress: loginAttempts.ipAddress,
      failedAt: loginAttempts.createdAt,
    })
    .from(orders)
    .innerJoin(users, eq(users.id, orders.userId))
    .innerJoin(loginAttempts, eq(loginAttempts.userId, users.id))
    .where(
      and(
        // In the words of the partial index login_attempts_failed.
        ne(loginAttempts.attemptResult, "success"),
        gt(loginAttempts.createdAt, sql`now() - interval '24 hours'`),
      ),
    )
    .orderBy(desc(loginAttempts.createdAt), orders.number);
