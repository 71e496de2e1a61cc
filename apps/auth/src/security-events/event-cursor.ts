import { Problem } from "../problem.ts";

/** Where a page of events goes on: behind the event of that id, at that time. */
export type EventCursor = {
  /** Microseconds since 1970. */
  readonly before: string | null;
  readonly beforeId: string | null;
};

/** Says where to go on, and opens nothing: what may be read the bearer token says. */
export const cursorAfter = ({ microseconds, id }: { microseconds: string; id: string }): string =>
  `${microseconds}-${id}`;

/** @throws Problem invalid_request for a cursor that is not ours. */
export function readCursor(cursor: string | undefined): EventCursor {
  if (cursor === undefined) {
    return { before: null, beforeId: null };
  }
  const [, before, beforeId] = /^(\d{1,16})-(\d{1,18})$/.exec(cursor) ?? [];
  if (before === undefined || beforeId === undefined) {
    throw new Problem("invalid_request", {
      errors: [{ pointer: "/cursor", message: "must be a nextCursor of an answer" }],
    });
  }
  return { before, beforeId };
}
