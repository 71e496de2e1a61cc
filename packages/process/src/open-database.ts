import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import postgres, { type Sql } from "postgres";
import { retryConflicts } from "./retry-conflicts.ts";

export type Database = PostgresJsDatabase & { readonly $client: Sql };

export type DatabaseOptions = {
  url: string;
  poolSizeMax: number;
  /** Shown in pg_stat_activity. */
  applicationName: string;
  /** Read by the trigger that dates passwords; 0 where they never expire. */
  passwordMaxAgeDays?: number;
};

/** D9: a statement that takes longer is answered with a 503. */
const STATEMENT_TIMEOUT_MILLISECONDS = 3_000;
/** The network may lose a server without a word: just longer than the server lets a statement run. */
const SILENCE_TIMEOUT_SECONDS = 3.5;
/** A process that stalls inside a transaction must not hold its row locks. */
const IDLE_IN_TRANSACTION_TIMEOUT_MILLISECONDS = 10_000;
const CONNECT_TIMEOUT_SECONDS = 2;
const CLOSE_TIMEOUT_SECONDS = 5;
const KEEP_ALIVE_SECONDS = 30;
/** postgres.js backs off up to 20 s, which would keep a server that came back away that long. */
const RECONNECT_DELAY_MAX_SECONDS = 0.25;

/**
 * Opens a pool of connections to PostgreSQL. Connects at the first statement, not here, so a
 * server that is down is found by readiness and comes back without a restart.
 *
 * Drizzle changes the parsers of its client: on `$client` and in `prepareStatement` timestamps are
 * text. A transaction that meets another one is run again, whole: its callback must have no effect
 * outside of PostgreSQL, and a statement likewise (`prepareStatement`). Disposing waits 5 s for
 * running statements.
 */
export function openDatabase(options: DatabaseOptions): Database & AsyncDisposable {
  const client = postgres(options.url, {
    max: options.poolSizeMax,
    prepare: true,
    connect_timeout: CONNECT_TIMEOUT_SECONDS,
    silence_timeout: SILENCE_TIMEOUT_SECONDS,
    keep_alive: KEEP_ALIVE_SECONDS,
    backoff: (retries: number) => Math.min(0.01 * 2 ** retries, RECONNECT_DELAY_MAX_SECONDS),
    onnotice: () => undefined,
    connection: {
      application_name: options.applicationName,
      statement_timeout: STATEMENT_TIMEOUT_MILLISECONDS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MILLISECONDS,
      ...(options.passwordMaxAgeDays
        ? { "postern.password_max_age_days": String(options.passwordMaxAgeDays) }
        : {}),
    },
  });
  const db = drizzle({ client });
  const transaction = db.transaction.bind(db);
  return Object.assign(db, {
    transaction: ((work, config) =>
      retryConflicts(() => transaction(work, config))) as typeof db.transaction,
    [Symbol.asyncDispose]: () => client.end({ timeout: CLOSE_TIMEOUT_SECONDS }),
  });
}
