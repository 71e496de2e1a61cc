import { open, SealedValueError } from "@postern/crypto";
import type { FullRow } from "./destination.ts";
import { inOwnTransaction, placeOf, type Work } from "./work.ts";

/** How a row's sealed value differs from what it should be. */
export type Difference =
  | "does_not_open"
  | "another_value"
  | "plain_text_unreadable"
  | "another_index"
  | "another_hint";

export type Comparison = {
  readonly rows: number;
  /** Rows that hold plain text alone. */
  readonly unsealed: number;
  readonly differing: ReadonlyMap<string, Difference>;
};

export type Comparing = {
  /** Take differing sealed values away where plain text stands beside them, so that they are made anew. */
  readonly isMending?: boolean;
  readonly advance?: (rows: number) => void;
};

/** Opens every sealed value and compares it with its plain text, its index and its hint. */
export async function compareRows(
  work: Work,
  { isMending = false, advance = () => undefined }: Comparing = {},
): Promise<Comparison> {
  const { context, destination, sql } = work;
  const differing = new Map<string, Difference>();
  let rows = 0;
  let unsealed = 0;
  let after: string | null = null;
  while (!context.signal.aborted) {
    const page: readonly FullRow[] = await destination.read(sql, {
      after,
      limit: work.pace.batchRows,
    });
    const last = page.at(-1);
    if (!last) break;
    after = last.id;
    rows += page.length;
    unsealed += page.filter(({ sealed }) => sealed === null).length;
    const found = await differencesOf(work, page);
    for (const [row, difference] of found) differing.set(row.id, difference);
    if (isMending) await mend(work, found);
    advance(page.length);
    await work.pace.rest(page.length, context.signal);
  }
  return { rows, unsealed, differing };
}

type Found = readonly (readonly [row: FullRow, difference: Difference])[];

async function differencesOf(work: Work, page: readonly FullRow[]): Promise<Found> {
  const compared = await Promise.all(
    page.map(async (row) => [row, await differenceOf(work, row)] as const),
  );
  return compared.flatMap(([row, difference]) => (difference ? [[row, difference] as const] : []));
}

async function differenceOf(work: Work, row: FullRow): Promise<Difference | null> {
  if (row.sealed === null) return null;
  const value = openRow(work, row);
  if (value === null) return "does_not_open";
  if (row.plain !== null) {
    const read = await work.values.read(row.plain, row.id);
    if (typeof read === "string") return "plain_text_unreadable";
    if (read.value !== value) return "another_value";
  }
  const beside = work.values.beside(value);
  const isIndexed = row.index === beside.index || isUnproved(work, row, value);
  if (!isIndexed) return "another_index";
  return beside.hint === row.hint ? null : "another_hint";
}

/** A phone number that its account has typed and not proved: the auth service found no plain one. */
const isUnproved = (work: Work, { plain, rowId, index }: FullRow, value: string): boolean =>
  plain === null && rowId !== null && index === work.values.unproved(value, rowId);

/** The clear value; null where nobody with these keys can open it. */
export function openRow({ ring, encryption }: Work, { sealed, rowId }: FullRow): string | null {
  if (sealed === null || rowId === null) return null;
  try {
    return open(ring, sealed, placeOf(encryption, rowId));
  } catch (error) {
    if (error instanceof SealedValueError) return null;
    throw error;
  }
}

async function mend(work: Work, found: Found): Promise<void> {
  const rows = found.flatMap(([row, difference]) =>
    row.plain !== null && difference !== "plain_text_unreadable" ? [row] : [],
  );
  if (rows.length > 0) await inOwnTransaction(work, (tx) => work.destination.unseal(tx, rows));
}
