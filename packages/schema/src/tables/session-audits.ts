import { sql } from "drizzle-orm";
import { check, index, inet, jsonb, uuid, varchar } from "drizzle-orm/pg-core";
import { type Binding, userKey } from "../binding.ts";
import { createdAt, logId, oneOf, userAgent, userId } from "../columns.ts";
import { posternBinding } from "../postern-binding.ts";
import type { UsersTable } from "../users-table.ts";

export const sessionActions = ["started", "refreshed", "stepped_up", "ended"] as const;

/**
 * What happened to each session, from its start to its end.
 *
 * `metadata` says how it was authenticated or why it ended. Append-only, but for `userId`, which
 * erasing an account sets to null.
 */
export const defineSessionAudits = <U extends UsersTable, S extends string | undefined>({
  table,
  users,
}: Binding<U, S>) =>
  table(
    "session_audits",
    {
      id: logId(),
      userId: userId(users),
      sessionId: uuid("session_id").notNull(),
      action: varchar("action", { length: 32, enum: sessionActions }).notNull(),
      ipAddress: inet("ip_address"),
      userAgent: userAgent(),
      metadata: jsonb("metadata").$type<Record<string, unknown>>().notNull().default({}),
      createdAt: createdAt(),
    },
    (t) => [
      userKey("session_audits_user_fk", [t.userId, users], "set null"),
      // What an account did (user_activity_log), and the foreign key when one is erased.
      index("session_audits_by_user").on(t.userId, t.createdAt),
      // One session from its start to its end.
      index("session_audits_by_session").on(t.sessionId, t.createdAt),
      // Stretches of time: what retention takes.
      index("session_audits_created_brin").using("brin", t.createdAt),
      check("session_audits_action_is_known", oneOf(t.action, sessionActions)),
      check("session_audits_metadata_is_an_object", sql`jsonb_typeof(${t.metadata}) = 'object'`),
    ],
  );

export const sessionAudits = defineSessionAudits(posternBinding);
