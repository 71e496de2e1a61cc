import { sqlState } from "@postern/process";
import { type SQL, sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { Problem } from "../problem.ts";
import { cursorAfter, type EventCursor, readCursor } from "../security-events/event-cursor.ts";
import type { Tables } from "../tables.ts";
import { EVENT_COLUMNS, type EventRow, type EventView, toEventView } from "./event-view.ts";
import { isNoId } from "./is-no-id.ts";

/** The orders there are. Nothing that a caller writes becomes a name in SQL (A-38). */
const ORDERS = {
  newest: { direction: sql`desc`, beyond: sql`<` },
  oldest: { direction: sql`asc`, beyond: sql`>` },
} as const;

type EventFilters = {
  type?: string;
  severity?: EventView["severity"];
  userId?: string;
  sessionId?: string;
  ipAddress?: string;
};

export type EventQuery = EventFilters & {
  sort: keyof typeof ORDERS;
  limit: number;
  cursor?: string;
};

type Page = { events: EventView[]; nextCursor: string | null };

/**
 * Security events by what an operator asks for, page by page. Each filter has its index; without
 * any, the order is that of the ids, which the table's own key keeps.
 *
 * @throws Problem invalid_request for a cursor that is not ours, and for text that is no user's id.
 */
export async function listEvents(deps: Deps, asked: EventQuery): Promise<Page> {
  const { limit, cursor } = asked;
  const rows = await readRows(deps, asked, readCursor(cursor));
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return { events: shown.map(toEventView), nextCursor: last ? cursorAfter(last) : null };
}

async function readRows(deps: Deps, asked: EventQuery, cursor: EventCursor): Promise<EventRow[]> {
  const { tables, db } = deps;
  const filters = filtersOf(asked);
  const { direction, beyond } = ORDERS[asked.sort];
  const time = filters.length > 0 ? sql`e.created_at ${direction},` : sql``;
  const conditions = [...filters, ...goesOn(cursor, beyond, filters.length > 0)];
  try {
    return await db.execute<EventRow>(sql`
      select ${EVENT_COLUMNS} from ${eventsOf(tables)}
      ${conditions.length > 0 ? sql`where ${sql.join(conditions, sql` and `)}` : sql``}
      order by ${time} e.id ${direction} limit ${asked.limit + 1}`);
  } catch (error) {
    if (isNoId(sqlState(error))) {
      throw new Problem("invalid_request", {
        cause: error,
        errors: [{ pointer: "/userId", message: "must be the id of an account" }],
      });
    }
    throw error;
  }
}

const eventsOf = ({ securityEvents }: Tables): SQL => sql`${securityEvents} e`;

function filtersOf({ type, severity, userId, sessionId, ipAddress }: EventFilters): SQL[] {
  return [
    ...(type === undefined ? [] : [sql`e.event_type = ${type}`]),
    ...(severity === undefined ? [] : [sql`e.severity = ${severity}`]),
    ...(userId === undefined ? [] : [sql`e.user_id = ${userId}`]),
    ...(sessionId === undefined ? [] : [sql`e.session_id = ${sessionId}::uuid`]),
    ...(ipAddress === undefined ? [] : [sql`e.ip_address = ${ipAddress}::inet`]),
  ];
}

function goesOn({ before, beforeId }: EventCursor, beyond: SQL, byTime: boolean): SQL[] {
  if (beforeId === null) {
    return [];
  }
  const time = sql`timestamptz 'epoch' + ${before}::bigint * interval '1 microsecond'`;
  return byTime
    ? [sql`(e.created_at, e.id) ${beyond} (${time}, ${beforeId}::bigint)`]
    : [sql`e.id ${beyond} ${beforeId}::bigint`];
}
