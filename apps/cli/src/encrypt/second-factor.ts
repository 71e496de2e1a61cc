import { randomUUIDv7 } from "node:crypto";
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
import { secondFactorTriggers } from "./second-factor-triggers.ts";

/** What a table must have to take the secrets of second factors, one TOTP row a user. */
export const SECOND_FACTOR_COLUMNS = [
  "id",
  "user_id",
  "method",
  "confirmed_at",
  "last_used_step",
  "backup_code_hashes",
] as const;

/** Names as SQL has them: the user is `p`, its factor `f`. */
type Names = {
  readonly users: string;
  readonly factors: string;
  readonly id: string;
  readonly idType: string;
  readonly plain: string;
  readonly sealed: string;
};

/**
 * The secret goes to two_factor_auth, to a confirmed row of its own that it is bound to. A row that
 * waits to be confirmed is no factor yet: the secret in use takes its place.
 */
export function keepAsSecondFactor(
  encryption: Encryption,
  { idType }: Pick<TableFacts, "idType">,
): Destination {
  const { from, into, idColumn } = encryption;
  const names: Names = {
    users: quoted(from.schema, from.table),
    factors: quoted(into.schema, into.table),
    id: quoted(idColumn),
    idType,
    plain: quoted(from.column),
    sealed: quoted(into.column),
  };
  return {
    ...sealing(names),
    ...comparing(names),
    ...goingBack(names),
    ...secondFactorTriggers(encryption, names),
  };
}

const isFactorOf = ({ id }: Names): string =>
  `f.user_id = p.${id} and f.method = 'totp' and f.confirmed_at is not null`;

const pageOf = ({ id, idType }: Names): string =>
  `($1::text is null or p.${id} > $1::text::${idType}) order by p.${id} limit $2`;

const fullRows = (names: Names): string =>
  `select p.${names.id}::text as id, f.id::text as "rowId", p.${names.plain}::text as plain,
     f.${names.sealed} as sealed, null::text as index, null::text as hint
   from ${names.users} p left join ${names.factors} f on ${isFactorOf(names)}`;

function sealing(names: Names): Sealing {
  const { users, factors, id, idType, plain, sealed } = names;
  return {
    takeStale: (tx, { after, limit }) =>
      tx.unsafe<StaleRow[]>(
        `select p.${id}::text as id, p.${plain}::text as plain from ${users} p
         where p.${plain} is not null
           and not exists (select from ${factors} f where ${isFactorOf(names)})
           and ${pageOf(names)} for no key update of p skip locked`,
        [after, limit],
      ),
    newRowId: () => randomUUIDv7(),
    write: async (tx, rows) => {
      await tx.unsafe(
        `insert into ${factors} as f (id, user_id, method, ${sealed}, confirmed_at)
         select v.id::uuid, v.user_id::${idType}, 'totp', v.sealed, now()
         from unnest($1::text[], $2::text[], $3::text[]) as v (id, user_id, sealed)
         on conflict (user_id, method) do update
           set id = excluded.id, ${sealed} = excluded.${sealed}, confirmed_at = excluded.confirmed_at,
             last_used_step = null
           where f.confirmed_at is null`,
        unnested(rows, "rowId", "id", "sealed"),
      );
    },
    findTaken: async () => new Set(),
  };
}

function comparing(names: Names): Comparing {
  const { users, factors, id, idType, plain, sealed } = names;
  return {
    count: async (sql) => {
      const [counts] = await sql.unsafe<Counts[]>(
        `select count(*) filter (where p.${plain} is not null or f.id is not null)::float8 as total,
           count(f.id)::float8 as encrypted,
           count(*) filter (where p.${plain} is not null and f.id is null)::float8 as remaining
         from ${users} p left join ${factors} f on ${isFactorOf(names)}`,
      );
      return counts as Counts;
    },
    read: (sql, { after, limit }) =>
      sql.unsafe<FullRow[]>(
        `${fullRows(names)} where (p.${plain} is not null or f.id is not null) and ${pageOf(names)}`,
        [after, limit],
      ),
    unseal: async (tx, rows) => {
      await tx.unsafe(
        `delete from ${factors} f using ${users} p,
           unnest($1::text[], $2::text[], $3::text[]) as v (id, plain, sealed)
         where ${isFactorOf(names)} and p.${id} = v.id::${idType} and p.${plain} = v.plain
           and f.${sealed} = v.sealed`,
        unnested(rows, "id", "plain", "sealed"),
      );
    },
  };
}

function goingBack(names: Names): GoingBack {
  const { users, factors, id, idType, plain, sealed } = names;
  return {
    takeSealedOnly: (tx, { after, limit }) =>
      tx.unsafe<FullRow[]>(
        `${fullRows(names)} where p.${plain} is null and f.id is not null and ${pageOf(names)}
         for no key update of p`,
        [after, limit],
      ),
    reopen: async (tx, rows) => {
      await tx.unsafe(
        `update ${users} p set ${plain} = v.plain
         from unnest($1::text[], $2::text[], $3::text[]) as v (id, plain, sealed), ${factors} f
         where p.${id} = v.id::${idType} and p.${plain} is null and ${isFactorOf(names)}
           and f.${sealed} = v.sealed`,
        unnested(rows, "id", "plain", "sealed"),
      );
    },
    // Plain text could not give back the backup codes that a factor may have beside its secret.
    clear: async (tx, limit) => {
      const { count } = await tx.unsafe(
        `delete from ${factors} where id = any (array(
           select f.id from ${users} p join ${factors} f on ${isFactorOf(names)}
           where p.${plain} is not null and coalesce(cardinality(f.backup_code_hashes), 0) = 0
           limit $1 for no key update of f))`,
        [limit],
      );
      return count;
    },
  };
}
