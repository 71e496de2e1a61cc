import { open, seal } from "@postern/crypto";
import type { Sealed } from "@postern/schema";
import type { TransactionSql } from "postgres";
import { quoted } from "../quote.ts";
import { inOwnTransaction, type Work } from "./work.ts";

const LEFTOVERS = "postern_internal.encryption_leftovers";

const placeOf = ({ encryption }: Work, id: string) => {
  const { schema, table, column } = encryption.from;
  return {
    table: "encryption_leftovers",
    column: "sealed_value",
    rowId: [schema, table, column, id].join("."),
  };
};

/**
 * Takes values that stand for nothing out of the plain column: each is sealed as it stands into
 * postern_internal.encryption_leftovers, and the column becomes null. The way back returns them.
 */
export async function setAside(work: Work, ids: readonly string[]): Promise<void> {
  const { encryption, facts, ring } = work;
  const { schema, table, column } = encryption.from;
  const name = quoted(schema, table);
  const isRow = `${quoted(encryption.idColumn)} = $1::text::${facts.idType}`;
  for (const id of ids) {
    await inOwnTransaction(work, async (tx) => {
      const [row] = await tx.unsafe<{ plain: string | null }[]>(
        `select ${quoted(column)}::text as plain from ${name} where ${isRow} for no key update`,
        [id],
      );
      if (row?.plain == null) return;
      const sealed = seal(ring, row.plain, placeOf(work, id));
      await tx`
        insert into ${tx.unsafe(LEFTOVERS)} (schema_name, table_name, column_name, row_id, sealed_value)
        values (${schema}, ${table}, ${column}, ${id}, ${sealed})
        on conflict (schema_name, table_name, column_name, row_id) do update set sealed_value = excluded.sealed_value`;
      await tx.unsafe(`update ${name} set ${quoted(column)} = null where ${isRow}`, [id]);
    });
  }
}

/** Puts them back where nothing came in their place. Throws SealedValueError where one does not open. */
export async function putBack(tx: TransactionSql, work: Work): Promise<void> {
  const { encryption, facts, ring } = work;
  const { schema, table, column } = encryption.from;
  const rows = await tx<{ id: string; sealed: string }[]>`
    delete from ${tx.unsafe(LEFTOVERS)}
    where schema_name = ${schema} and table_name = ${table} and column_name = ${column}
    returning row_id as id, sealed_value as sealed`;
  const plain = rows.map(({ id, sealed }) => open(ring, sealed as Sealed, placeOf(work, id)));
  const name = quoted(column);
  await tx.unsafe(
    `update ${quoted(schema, table)} t set ${name} = v.plain
     from unnest($1::text[], $2::text[]) as v (id, plain)
     where t.${quoted(encryption.idColumn)} = v.id::${facts.idType} and t.${name} is null`,
    [rows.map(({ id }) => id), plain],
  );
}
