import { randomUUIDv7 } from "node:crypto";
import { quoted } from "../quote.ts";
import type { TableFacts } from "./describe-table.ts";
import type { Counts, Destination, FullRow, StaleRow } from "./destination.ts";
import type { Encryption } from "./encryption.ts";
import { secondFactorTriggers } from "./second-factor-triggers.ts";

/** What a table must have to take the secrets of second factors, one confirmed TOTP row a user. */
export const SECOND_FACTOR_COLUMNS = ["id", "user_id", "method", "confirmed_at"] as const;

/** The secret goes to two_factor_auth, to a row of its own that it is bound to. */
export function keepAsSecondFactor(encryption: Encryption, { idType }: TableFacts): Destination {
  const { from, into, idColumn } = encryption;
  const users = quoted(from.schema, from.table);
  const factors = quoted(into.schema, into.table);
  const id = `p.${quoted(idColumn)}`;
  const plain = quoted(from.column);
  const sealed = quoted(into.column);
  const factor = `f.user_id = ${id} and f.method = 'totp'`;
  const page = `($1::text is null or ${id} > $1::text::${idType}) order by ${id} limit $2`;
  const full = `select ${id}::text as id, f.id::text as "rowId", p.${plain}::text as plain,
    f.${sealed} as sealed, null::text as index, null::text as hint
    from ${users} p left join ${factors} f on ${factor}`;
  const parts = { users, factors, plain, sealed, id: quoted(idColumn) };

  return {
    takeStale: (tx, { after, limit }) =>
      tx.unsafe<StaleRow[]>(
        `select ${id}::text as id, p.${plain}::text as plain from ${users} p
         where p.${plain} is not null and not exists (select from ${factors} f where ${factor})
           and ${page} for no key update of p skip locked`,
        [after, limit],
      ),
    newRowId: () => randomUUIDv7(),
    write: async (tx, rows) => {
      await tx.unsafe(
        `insert into ${factors} (id, user_id, method, ${sealed}, confirmed_at)
         select v.id::uuid, v.user_id::${idType}, 'totp', v.sealed, now()
         from unnest($1::text[], $2::text[], $3::text[]) as v (id, user_id, sealed)
         on conflict (user_id, method) do nothing`,
        [rows.map((row) => row.rowId), rows.map((row) => row.id), rows.map((row) => row.sealed)],
      );
    },
    findTaken: async () => new Set(),
    read: (sql, { after, limit }) =>
      sql.unsafe<FullRow[]>(
        `${full} where (p.${plain} is not null or f.id is not null) and ${page}`,
        [after, limit],
      ),
    unseal: async (tx, rows) => {
      await tx.unsafe(
        `delete from ${factors} f using ${users} p,
           unnest($1::text[], $2::text[], $3::text[]) as v (id, plain, sealed)
         where ${factor} and ${id} = v.id::${idType} and p.${plain} = v.plain and f.${sealed} = v.sealed`,
        [
          rows.map((row) => row.id),
          rows.map((row) => row.plain),
          rows.map((row) => row.sealed),
        ] as string[][],
      );
    },
    takeSealedOnly: (tx, { after, limit }) =>
      tx.unsafe<FullRow[]>(
        `${full} where p.${plain} is null and f.id is not null and ${page} for no key update of p`,
        [after, limit],
      ),
    reopen: async (tx, rows) => {
      await tx.unsafe(
        `update ${users} p set ${plain} = v.plain
         from unnest($1::text[], $2::text[], $3::text[]) as v (id, plain, sealed), ${factors} f
         where ${id} = v.id::${idType} and p.${plain} is null and ${factor} and f.${sealed} = v.sealed`,
        [rows.map((row) => row.id), rows.map((row) => row.plain), rows.map((row) => row.sealed)],
      );
    },
    // A factor has backup codes and a last step beside its secret, which plain text could not give back.
    clear: null,
    count: async (sql) => {
      const [counts] = await sql.unsafe<Counts[]>(
        `select count(*) filter (where p.${plain} is not null or f.id is not null)::float8 as total,
           count(f.id)::float8 as encrypted,
           count(*) filter (where p.${plain} is not null and f.id is null)::float8 as remaining
         from ${users} p left join ${factors} f on ${factor}`,
      );
      return counts as Counts;
    },
    ...secondFactorTriggers(encryption, parts),
  };
}
