import { sql } from "drizzle-orm";
import { check, index, integer, type PgTableFn, smallint, varchar } from "drizzle-orm/pg-core";
import { createdAt, instant, logId, oneOf } from "../columns.ts";
import { posternBinding } from "../postern-binding.ts";
import { severities } from "./security-events.ts";

/**
 * What operators were told of critical events, one row for each time that they were.
 *
 * The first event of a type makes a row at once, and then its type is silent for a while: the next
 * row counts all that came in between, from the `lastAt` of the one before. Mails are queued in the
 * transaction that makes the row; a post to the webhook is due at `nextAttemptAt`, which is null
 * where none is due any more, and `postedAt` says that it was taken.
 */
export const defineAlerts = <S extends string | undefined>(table: PgTableFn<S>) =>
  table(
    "alerts",
    {
      id: logId(),
      eventType: varchar("event_type", { length: 64 }).notNull(),
      severity: varchar("severity", { length: 16, enum: severities }).notNull(),
      events: integer("events").notNull(),
      firstAt: instant("first_at").notNull(),
      lastAt: instant("last_at").notNull(),
      attempts: smallint("attempts").notNull().default(0),
      nextAttemptAt: instant("next_attempt_at"),
      postedAt: instant("posted_at"),
      createdAt: createdAt(),
    },
    (t) => [
      // When its type was last told.
      index("alerts_by_type").on(t.eventType, t.createdAt),
      // What is to be posted.
      index("alerts_due").on(t.nextAttemptAt).where(sql`${t.nextAttemptAt} is not null`),
      // Stretches of time: what retention takes.
      index("alerts_created_brin").using("brin", t.createdAt),
      check("alerts_severity_is_known", oneOf(t.severity, severities)),
      check("alerts_count_something", sql`${t.events} > 0 and ${t.lastAt} >= ${t.firstAt}`),
    ],
  );

export const alerts = defineAlerts(posternBinding.table);
