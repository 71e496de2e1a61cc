import type { TransactionSql } from "postgres";
import { CliError } from "../cli-error.ts";
import { openRow } from "./compare-rows.ts";
import type { FullRow } from "./destination.ts";
import { inOwnTransaction, type Work } from "./work.ts";

const PAGE_ROWS = 1_000;

type Change<R> = (tx: TransactionSql) => Promise<R>;

/** How a page is written: each in a transaction of its own, or all in one of the caller's. */
type Transact = <R>(change: Change<R>) => Promise<R>;

/**
 * Writes plain text beside every value that is kept sealed only, in the older system's format where
 * there is one. Returns the ids of rows that do not open.
 */
export async function reopenRows(
  work: Work,
  transact: Transact = (change) => inOwnTransaction(work, change),
): Promise<string[]> {
  const closed: string[] = [];
  let after: string | null = null;
  for (;;) {
    const page: Page = await transact((tx) => reopenPage(tx, work, after));
    closed.push(...page.closed);
    if (page.last === null) return closed;
    after = page.last;
  }
}

type Page = { readonly last: string | null; readonly closed: readonly string[] };

async function reopenPage(tx: TransactionSql, work: Work, after: string | null): Promise<Page> {
  const { destination } = work;
  const rows = await destination.takeSealedOnly(tx, { after, limit: PAGE_ROWS });
  const opened = await Promise.all(rows.map((row) => openedRow(work, row)));
  const found = opened.filter((row) => row !== null);
  if (found.length > 0) await destination.reopen(tx, found);
  const closed = rows.flatMap((row, at) => (opened[at] === null ? [row.id] : []));
  return { last: rows.at(-1)?.id ?? null, closed };
}

async function openedRow(work: Work, row: FullRow) {
  const value = openRow(work, row);
  if (value === null || row.sealed === null) return null;
  return { id: row.id, plain: await inOldFormat(work, value, row.id), sealed: row.sealed };
}

function inOldFormat({ encryption, opener }: Work, value: string, id: string) {
  if (!encryption.hasOpener) return value;
  if (opener?.seal) return opener.seal(value, { id });
  throw new CliError(
    "Values were written sealed only: to go back, the opener must export seal(value, row).",
  );
}
