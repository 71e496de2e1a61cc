import type { TransactionSql } from "postgres";

/** Runs `work` under another search_path of the transaction, and puts the old one back. */
export async function withSearchPath<R>(
  tx: TransactionSql,
  path: (old: string) => string,
  work: () => Promise<R>,
): Promise<R> {
  const [row] = await tx`select pg_catalog.current_setting('search_path') as path`;
  const old = String(row?.path);
  await tx`select pg_catalog.set_config('search_path', ${path(old)}, true)`;
  const result = await work();
  await tx`select pg_catalog.set_config('search_path', ${old}, true)`;
  return result;
}
