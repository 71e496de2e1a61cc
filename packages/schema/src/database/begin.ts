import type { Sql, TransactionSql } from "postgres";

// What a role, a database or a URL may set otherwise. A waiting ALTER TABLE stops every reader
// behind it: better to give up soon. Names are those of pg_catalog first, whatever the path.
const SETTINGS = `
  set local lock_timeout = '3s';
  set local statement_timeout = '10min';
  set local idle_in_transaction_session_timeout = '1min';
  set local standard_conforming_strings = on;
  set local transform_null_equals = off;
  select pg_catalog.set_config('search_path', pg_catalog.concat_ws(', ', 'pg_catalog',
    nullif(pg_catalog.current_setting('search_path'), '')), true);
  select pg_catalog.set_config(name, '0', true) from pg_catalog.pg_settings
    where name operator(pg_catalog.=) 'transaction_timeout'`;

/** A transaction that sees what others commit, and that settings of somebody else's do not sway. */
export const begin = <R>(sql: Sql, work: (tx: TransactionSql) => Promise<R>) =>
  sql.begin("isolation level read committed", async (tx) => {
    await tx.unsafe(SETTINGS);
    return work(tx);
  }) as Promise<R>;
