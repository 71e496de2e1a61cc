import { type KeyRing, open, SealedValueError, seal } from "@postern/crypto";
import type { Sealed } from "@postern/schema";
import type { Sql } from "postgres";
import { markAsOurs } from "../mark-as-ours.ts";
import type { Pace } from "../pace.ts";
import { quoted } from "../quote.ts";
import { HEADER_CHARACTERS, headerOf } from "../sealed-columns/count-by-key.ts";
import type { SealedColumn } from "../sealed-columns/find-sealed-columns.ts";

export type ResealTools = {
  readonly sql: Sql;
  readonly ring: KeyRing;
  readonly pace: Pace;
  readonly signal: AbortSignal;
  readonly advance: (rows: number) => void;
};

type Row = { readonly key: string; readonly rowId: string; readonly sealed: Sealed };
type Resealed = { readonly key: string; readonly before: string; readonly after: string };

/**
 * Seals every value of a column again that is not under the active key, batch by batch, each in a
 * statement of its own. A value that changed since it was read is left as it is: whoever wrote it
 * wrote a newer one. Returns the keys of rows that do not open.
 *
 * It reads from the first row again until a whole reading changes nothing, for what was written
 * behind it meanwhile.
 */
export async function resealColumn(tools: ResealTools, column: SealedColumn): Promise<string[]> {
  for (;;) {
    const { resealed, closed } = await readThrough(tools, column);
    if (resealed === 0 || tools.signal.aborted) return closed;
  }
}

async function readThrough(tools: ResealTools, column: SealedColumn) {
  const closed: string[] = [];
  let resealed = 0;
  let after: string | null = null;
  while (!tools.signal.aborted) {
    const rows: readonly Row[] = await takeBatch(tools, column, after);
    const last = rows.at(-1);
    if (!last) break;
    after = last.key;
    const changes = rows.flatMap((row) => resealRow(tools, column, row));
    closed.push(
      ...rows.filter((row) => changes.every((it) => it.key !== row.key)).map(({ key }) => key),
    );
    resealed += await writeBatch(tools, column, changes);
    tools.advance(changes.length);
    await tools.pace.rest(rows.length, tools.signal);
  }
  return { resealed, closed };
}

function takeBatch({ sql, ring, pace }: ResealTools, column: SealedColumn, after: string | null) {
  const { schema, table, key, keyType, rowId } = column;
  const name = `t.${quoted(column.column)}`;
  return sql.unsafe<Row[]>(
    `select (${key})::text as key, ${rowId} as "rowId", ${name} as sealed
     from ${quoted(schema, table)} t
     where ${name} is not null and left(${name}, ${HEADER_CHARACTERS}) <> $1
       and ($2::text is null or ${key} > $2::text::${keyType})
     order by ${key} limit ${pace.batchRows}`,
    [headerOf(ring.activeId), after],
  );
}

function resealRow(
  { ring }: ResealTools,
  { table, column }: SealedColumn,
  { key, rowId, sealed }: Row,
): Resealed[] {
  const place = { table, column, rowId };
  try {
    return [{ key, before: sealed, after: seal(ring, open(ring, sealed, place), place) }];
  } catch (error) {
    if (error instanceof SealedValueError) return [];
    throw error;
  }
}

async function writeBatch(
  { sql }: ResealTools,
  { schema, table, column, key, keyType }: SealedColumn,
  changes: readonly Resealed[],
): Promise<number> {
  if (changes.length === 0) return 0;
  const name = quoted(column);
  const columns = (["key", "before", "after"] as const).map((part) =>
    changes.map((it) => it[part]),
  );
  return sql.begin(async (tx) => {
    await markAsOurs(tx);
    const { count } = await tx.unsafe(
      `update ${quoted(schema, table)} t set ${name} = v.after
       from unnest($1::text[], $2::text[], $3::text[]) as v (key, before, after)
       where ${key} = v.key::${keyType} and t.${name} = v.before`,
      columns as string[][],
    );
    return count;
  });
}
