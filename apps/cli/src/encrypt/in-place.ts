import { quoted } from "../quote.ts";
import type { TableFacts } from "./describe-table.ts";
import {
  type Comparing,
  type Counts,
  type Destination,
  type FullRow,
  type GoingBack,
  type Sealing,
  type StaleRow,
  unnested,
} from "./destination.ts";
import type { Encryption } from "./encryption.ts";
import { inPlaceTriggers } from "./in-place-triggers.ts";

/** Names as SQL has them; the table is `t`. What is not kept is null. */
type Names = {
  readonly table: string;
  readonly id: string;
  readonly idType: string;
  readonly plain: string;
  readonly sealed: string;
  readonly index: string | null;
  readonly hint: string | null;
  readonly isIndexUnique: boolean;
};

/** The sealed value stands in the row of the plain text, and is bound to its id. */
export function keepInPlace(
  encryption: Encryption,
  { idType, unique }: Pick<TableFacts, "idType" | "unique">,
): Destination {
  const { from, into, indexColumn, hintColumn, idColumn } = encryption;
  const names: Names = {
    table: quoted(from.schema, from.table),
    id: quoted(idColumn),
    idType,
    plain: quoted(from.column),
    sealed: quoted(into.column),
    index: indexColumn === null ? null : quoted(indexColumn),
    hint: hintColumn === null ? null : quoted(hintColumn),
    isIndexUnique: unique.has(indexColumn ?? ""),
  };
  return {
    ...sealing(names),
    ...comparing(names),
    ...goingBack(names),
    ...inPlaceTriggers(encryption, { ...names, kept: keptOf(names) }),
  };
}

/** The columns that hold something of a sealed value. */
const keptOf = ({ sealed, index, hint }: Names): string[] =>
  [sealed, index, hint].filter((name) => name !== null);

const emptied = (names: Names): string =>
  keptOf(names)
    .map((column) => `${column} = null`)
    .join(", ");

const pageOf = ({ id, idType }: Names): string =>
  `($1::text is null or t.${id} > $1::text::${idType}) order by t.${id} limit $2`;

const fullRows = ({ table, id, plain, sealed, index, hint }: Names): string =>
  `select t.${id}::text as id, t.${id}::text as "rowId", t.${plain}::text as plain,
     t.${sealed} as sealed, ${index ? `t.${index}` : "null::text"} as index,
     ${hint ? `t.${hint}` : "null::text"} as hint
   from ${table} t`;

function sealing(names: Names): Sealing {
  const { table, id, idType, plain, sealed, index, hint, isIndexUnique } = names;
  const values = [
    `${sealed} = v.sealed`,
    ...(index ? [`${index} = v.index`] : []),
    ...(hint ? [`${hint} = v.hint`] : []),
  ].join(", ");
  return {
    takeStale: (tx, { after, limit }) =>
      tx.unsafe<StaleRow[]>(
        `select t.${id}::text as id, t.${plain}::text as plain from ${table} t
         where t.${plain} is not null and t.${sealed} is null and ${pageOf(names)}
         for no key update skip locked`,
        [after, limit],
      ),
    newRowId: (row) => row,
    write: async (tx, rows) => {
      await tx.unsafe(
        `update ${table} t set ${values}
         from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as v (id, sealed, index, hint)
         where t.${id} = v.id::${idType} and t.${sealed} is null`,
        unnested(rows, "id", "sealed", "index", "hint"),
      );
    },
    findTaken: async (tx, indexes) => {
      if (index === null || !isIndexUnique) return new Set();
      const rows = await tx.unsafe<{ index: string }[]>(
        `select ${index} as index from ${table} where ${index} = any($1::text[])`,
        [[...indexes]],
      );
      return new Set(rows.map((row) => row.index));
    },
  };
}

function comparing(names: Names): Comparing {
  const { table, id, idType, plain, sealed } = names;
  return {
    count: async (sql) => {
      const [counts] = await sql.unsafe<Counts[]>(
        `select count(*) filter (where ${plain} is not null or ${sealed} is not null)::float8 as total,
           count(${sealed})::float8 as encrypted,
           count(*) filter (where ${plain} is not null and ${sealed} is null)::float8 as remaining
         from ${table}`,
      );
      return counts as Counts;
    },
    read: (sql, { after, limit }) =>
      sql.unsafe<FullRow[]>(
        `${fullRows(names)}
         where (t.${plain} is not null or t.${sealed} is not null) and ${pageOf(names)}`,
        [after, limit],
      ),
    unseal: async (tx, rows) => {
      await tx.unsafe(
        `update ${table} t set ${emptied(names)}
         from unnest($1::text[], $2::text[]) as v (id, plain)
         where t.${id} = v.id::${idType} and t.${plain} = v.plain`,
        unnested(rows, "id", "plain"),
      );
    },
  };
}

function goingBack(names: Names): GoingBack {
  const { table, id, idType, plain, sealed } = names;
  return {
    takeSealedOnly: (tx, { after, limit }) =>
      tx.unsafe<FullRow[]>(
        `${fullRows(names)}
         where t.${plain} is null and t.${sealed} is not null and ${pageOf(names)}
         for no key update`,
        [after, limit],
      ),
    reopen: async (tx, rows) => {
      await tx.unsafe(
        `update ${table} t set ${plain} = v.plain
         from unnest($1::text[], $2::text[], $3::text[]) as v (id, plain, sealed)
         where t.${id} = v.id::${idType} and t.${plain} is null and t.${sealed} = v.sealed`,
        unnested(rows, "id", "plain", "sealed"),
      );
    },
    clear: async (tx, limit) => {
      const { count } = await tx.unsafe(
        `update ${table} set ${emptied(names)} where ${id} = any (array(
           select ${id} from ${table} where ${plain} is not null and ${sealed} is not null
           limit $1 for no key update))`,
        [limit],
      );
      return count;
    },
  };
}
