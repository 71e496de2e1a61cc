import type { MessageChannel } from "@postern/messages";
import { boundStatement, type Store } from "@postern/process";
import { type SQL, sql } from "drizzle-orm";
import type { PgTable } from "drizzle-orm/pg-core";
import type { Tables } from "../tables.ts";

export const channels = ["email", "sms"] as const satisfies readonly MessageChannel[];

/** What the statements need to know of a delivery log. */
export type Log = Readonly<{
  channel: MessageChannel;
  name: "email_delivery_log" | "sms_delivery_log";
  table: PgTable;
  /** The column of the recipient's blind index. */
  recipientIndex: SQL;
  recipientHint: SQL;
}>;

const logsOf = ({ emailDeliveryLog, smsDeliveryLog }: Tables): Record<MessageChannel, Log> => ({
  email: {
    channel: "email",
    name: "email_delivery_log",
    table: emailDeliveryLog,
    recipientIndex: sql.raw("to_email_index"),
    recipientHint: sql.raw("to_email_hint"),
  },
  sms: {
    channel: "sms",
    name: "sms_delivery_log",
    table: smsDeliveryLog,
    recipientIndex: sql.raw("to_phone_index"),
    recipientHint: sql.raw("to_phone_hint"),
  },
});

type Values = Parameters<ReturnType<typeof boundStatement>>[1];

/** A hot statement that is the same over both logs. See `boundStatement`. */
export function logStatement<Row>(build: (log: Log, tables: Tables) => SQL) {
  const statements = {
    email: boundStatement<Tables, Row>((tables) => build(logsOf(tables).email, tables)),
    sms: boundStatement<Tables, Row>((tables) => build(logsOf(tables).sms, tables)),
  };
  return (deps: Store<Tables>, channel: MessageChannel, values?: Values): Promise<Row[]> =>
    statements[channel](deps, values);
}
