import { securityEventTypes } from "@postern/schema";

/** What operators are told: critical events of one type, since the last time. Times are ISO 8601. */
export type Alert = Readonly<{
  id: string;
  eventType: string;
  severity: string;
  events: number;
  firstAt: string;
  lastAt: string;
}>;

const known: ReadonlySet<string> = new Set(securityEventTypes);

/** An app may write any word as its type; a label may not hold any. */
export const typeLabel = (eventType: string): string =>
  known.has(eventType) ? eventType : "other";
