import type { TransactionSql } from "postgres";
import { withSearchPath } from "../database/search-path.ts";
import type { RepeatableObject } from "./units.ts";

export const keyOfObject = ({ kind, name, table }: RepeatableObject) => `${kind} ${name} ${table}`;

// In PostgreSQL's own words, so that a change by hand is seen whatever it was: a trigger that was
// disabled, a view that lost its barrier, a function that became SECURITY DEFINER.
const DIGESTS = `
  select o.kind, o.name, o."table", md5(case o.kind
    when 'function' then pg_get_functiondef(to_regprocedure(o.name))
    when 'view' then (
      select concat(relkind, reloptions::text, pg_get_viewdef(oid), (
        select string_agg(attname || ' ' || format_type(atttypid, atttypmod), ',' order by attnum)
        from pg_attribute where attrelid = pg_class.oid and attnum > 0))
      from pg_class where oid = to_regclass(o.name) and relkind = 'v')
    else (
      select pg_get_triggerdef(oid) || tgenabled::text from pg_trigger
      where tgrelid = to_regclass(o."table") and tgname = (parse_ident(o.name))[1])
    end) as digest
  from json_to_recordset($1::text::json) as o (kind text, name text, "table" text)`;

/** A digest of the definition of each object that is there, by its key. */
export async function readDigests(
  tx: TransactionSql,
  objects: readonly RepeatableObject[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await withSearchPath(
    tx,
    () => "pg_catalog",
    () =>
      tx.unsafe<(RepeatableObject & { digest: string | null })[]>(DIGESTS, [
        JSON.stringify(objects),
      ]),
  );
  return new Map(
    rows.flatMap((row) => (row.digest === null ? [] : [[keyOfObject(row), row.digest] as const])),
  );
}
