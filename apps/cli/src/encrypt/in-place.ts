import { quoted } from "../quote.ts";
import type { TableFacts } from "./describe-table.ts";
import type { Counts, Destination, FullRow, StaleRow } from "./destination.ts";
import type { Encryption } from "./encryption.ts";
import { inPlaceTriggers } from "./in-place-triggers.ts";

/** The sealed value stands in the row of the plain text, and is bound to its id. */
export function keepInPlace(encryption: Encryption, { idType, unique }: TableFacts): Destination {
  const { from, into, indexColumn, hintColumn, idColumn } = encryption;
  const table = quoted(from.schema, from.table);
  const id = quoted(idColumn);
  const plain = quoted(from.column);
  const sealed = quoted(into.column);
  const index = indexColumn === null ? null : quoted(indexColumn);
  const hint = hintColumn === null ? null : quoted(hintColumn);
  const beside = [sealed, ...(index ? [index] : []), ...(hint ? [hint] : [])];
  const toNull = beside.map((column) => `${column} = null`).join(", ");
  const fromValues = [
    `${sealed} = v.sealed`,
    ...(index ? [`${index} = v.index`] : []),
    ...(hint ? [`${hint} = v.hint`] : []),
  ].join(", ");
  const page = `($1::text is null or ${id} > $1::text::${idType}) order by ${id} limit $2`;
  const full = `select ${id}::text as id, ${id}::text as "rowId", ${plain}::text as plain,
    ${sealed} as sealed, ${index ?? "null::text"} as index, ${hint ?? "null::text"} as hint from ${table}`;

  return {
    takeStale: (tx, { after, limit }) =>
      tx.unsafe<StaleRow[]>(
        `select ${id}::text as id, ${plain}::text as plain from ${table}
         where ${plain} is not null and ${sealed} is null and ${page}
         for no key update skip locked`,
        [after, limit],
      ),
    newRowId: (row) => row,
    write: async (tx, rows) => {
      await tx.unsafe(
        `update ${table} set ${fromValues}
         from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as v (id, sealed, index, hint)
         where ${id} = v.id::${idType} and ${sealed} is null`,
        [
          rows.map((row) => row.id),
          rows.map((row) => row.sealed),
          rows.map((row) => row.index),
          rows.map((row) => row.hint),
        ] as string[][],
      );
    },
    findTaken: async (tx, indexes) => {
      if (index === null || !unique.has(indexColumn ?? "")) return new Set();
      const rows = await tx.unsafe<{ index: string }[]>(
        `select ${index} as index from ${table} where ${index} = any($1::text[])`,
        [[...indexes]],
      );
      return new Set(rows.map((row) => row.index));
    },
    read: (sql, { after, limit }) =>
      sql.unsafe<FullRow[]>(
        `${full} where (${plain} is not null or ${sealed} is not null) and ${page}`,
        [after, limit],
      ),
    unseal: async (tx, rows) => {
      await tx.unsafe(
        `update ${table} set ${toNull} from unnest($1::text[], $2::text[]) as v (id, plain)
         where ${id} = v.id::${idType} and ${plain} = v.plain`,
        [rows.map((row) => row.id), rows.map((row) => row.plain)] as string[][],
      );
    },
    takeSealedOnly: (tx, { after, limit }) =>
      tx.unsafe<FullRow[]>(
        `${full} where ${plain} is null and ${sealed} is not null and ${page} for no key update`,
        [after, limit],
      ),
    reopen: async (tx, rows) => {
      await tx.unsafe(
        `update ${table} set ${plain} = v.plain
         from unnest($1::text[], $2::text[], $3::text[]) as v (id, plain, sealed)
         where ${id} = v.id::${idType} and ${plain} is null and ${sealed} = v.sealed`,
        [rows.map((row) => row.id), rows.map((row) => row.plain), rows.map((row) => row.sealed)],
      );
    },
    clear: async (tx, limit) => {
      const { count } = await tx.unsafe(
        `update ${table} set ${toNull} where ${id} = any (array(
           select ${id} from ${table} where ${plain} is not null and ${sealed} is not null
           limit $1 for no key update))`,
        [limit],
      );
      return count;
    },
    count: async (sql) => {
      const [counts] = await sql.unsafe<Counts[]>(
        `select count(*) filter (where ${plain} is not null or ${sealed} is not null)::float8 as total,
           count(${sealed})::float8 as encrypted,
           count(*) filter (where ${plain} is not null and ${sealed} is null)::float8 as remaining
         from ${table}`,
      );
      return counts as Counts;
    },
    ...inPlaceTriggers(encryption, {
      table,
      plain,
      sealed,
      toNull: beside.map((it) => `new.${it} := null;`).join(" "),
    }),
  };
}
