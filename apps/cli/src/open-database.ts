import postgres, { type Sql } from "postgres";

const CONNECT_TIMEOUT_SECONDS = 5;
/** A command that stalls inside a transaction must not hold its row locks. */
const IDLE_IN_TRANSACTION_TIMEOUT_MILLISECONDS = 10_000;

export type Database = AsyncDisposable & { readonly sql: Sql };

/** Connections of a command's own; it may read for long, so statements have no deadline. */
export function openDatabase(url: string, connectionsMax = 2): Database {
  const sql = postgres(url, {
    max: connectionsMax,
    connect_timeout: CONNECT_TIMEOUT_SECONDS,
    onnotice: () => undefined,
    connection: {
      application_name: "postern-cli",
      statement_timeout: 0,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MILLISECONDS,
    },
  });
  return { sql, [Symbol.asyncDispose]: () => sql.end({ timeout: 5 }) };
}
