import type { TransactionSql } from "postgres";
import { PushError } from "../database/push-error.ts";
import { hasRecords, RECORDS_SCHEMA } from "../database/records-table.ts";
import { withSearchPath } from "../database/search-path.ts";
import type { Step } from "../database/step.ts";
import { OBJECT_RECORDS } from "../repeatable/records.ts";
import { type Difference, isRule } from "./difference.ts";

type Dependent = {
  /** In words, such as `view public.sizes`. */
  name: string;
  /** Null where there is no one statement for it. */
  drop: string | null;
  /** Of an index or a constraint. */
  rule: string | null;
  table: string;
  column: string;
  isOurs: boolean;
  /** PostgreSQL makes it again by itself when the column gets another type. */
  isRebuilt: boolean;
};

// Left out is what is part of the column: its default, its NOT NULL, the sequence of an identity.
const READ = `
  with held as (
    select distinct relname as "table", attname as "column", deptype,
      case when is_view or adnum is not null then 'pg_class'::regclass::oid else classid end as classid,
      coalesce(case when is_view then ev_class end, adrelid, objid) as objid, coalesce(adnum, 0) as part
    from pg_depend join pg_class on pg_class.oid = refobjid
      join pg_attribute on attrelid = refobjid and attnum = refobjsubid
      left join (select *, rulename = '_RETURN' as is_view from pg_rewrite) rule
        on classid = 'pg_rewrite'::regclass and rule.oid = objid
      left join pg_attrdef on classid = 'pg_attrdef'::regclass and pg_attrdef.oid = objid
    where refclassid = 'pg_class'::regclass
      and relnamespace = to_regnamespace(quote_ident($1))
      and (relname, attname) in (
        select "table", "column" from json_to_recordset($2::text::json) as c("table" text, "column" text))
      and (adrelid, adnum) is distinct from (attrelid, attnum)),
  named as (
    select held.*, type, identity, coalesce(conname, index.relname) as rule, conname, conrelid,
      contype, tgrelid, tgname
    from held cross join pg_identify_object(classid, objid, part)
      left join pg_constraint on classid = 'pg_constraint'::regclass and pg_constraint.oid = objid
      left join pg_class index on classid = 'pg_class'::regclass and index.oid = objid and index.relkind = 'i'
      left join pg_trigger on classid = 'pg_trigger'::regclass and pg_trigger.oid = objid)
  select concat(type, ' ', identity) as name, rule, "table", "column",
    case when conname is not null then format('ALTER TABLE %s DROP CONSTRAINT %I;', conrelid::regclass, conname)
      when type = 'table column' then null
      when type = 'statistics object' then format('DROP STATISTICS %s;', identity)
      when type in ('view', 'materialized view', 'rule', 'trigger', 'index', 'policy', 'function', 'procedure')
      then format('DROP %s %s;', upper(type), identity) end as drop,
    type in ('index', 'table constraint', 'statistics object') as "isRebuilt",
    exists (select from records
      where (kind = 'view' and type = 'view' and to_regclass(name) = objid)
        or (kind = 'trigger' and to_regclass(on_table) = tgrelid and (parse_ident(name))[1] = tgname)
      ) as "isOurs"
  from named where contype is distinct from 'n' and not (type = 'sequence' and deptype = 'i')
  order by 1, 3, 4`;

/**
 * The steps that take our own views and triggers out of the way of columns that are to get another
 * type, or to go: repeatable SQL makes them again.
 *
 * Throws PushError where somebody else's stands in the way, or would go with the column unsaid.
 */
export async function freeColumns(
  tx: TransactionSql,
  schema: string,
  { retyped, retired, outdated }: Difference,
): Promise<Step[]> {
  const dropped = retired.filter(({ kind }) => kind === "column");
  const changes = [
    ...retyped.map(({ table, column, to }) => ({ table, column, change: `turn into ${to}` })),
    ...dropped.map(({ table, name }) => ({ table, column: name, change: "drop" })),
  ];
  if (changes.length === 0) return [];
  const changeOf = ({ table, column }: Dependent) =>
    changes.find((change) => change.table === table && change.column === column)?.change;
  const leaving = new Set([...retired, ...outdated].filter(isRule).map(({ name }) => name));
  const inTheWay = (await readDependents(tx, schema, changes)).filter(
    (dependent) =>
      !(dependent.isRebuilt && changeOf(dependent) !== "drop") &&
      !(dependent.rule && leaving.has(dependent.rule)),
  );
  const first = inTheWay.find(({ isOurs }) => !isOurs);
  if (!first) return [...new Set(inTheWay.flatMap(({ drop }) => drop ?? []))].map(dropStep);
  const how = first.drop ? `Drop it (${first.drop})` : "Take it away";
  throw new PushError(
    `There is the ${first.name}: it hangs on ${first.table}.${first.column}, which this push would ${changeOf(first)}. Nothing was done. ${how}, push, and create it again.`,
  );
}

async function readDependents(
  tx: TransactionSql,
  schema: string,
  columns: readonly { table: string; column: string }[],
): Promise<Dependent[]> {
  const records = (await hasRecords(tx, OBJECT_RECORDS))
    ? `${RECORDS_SCHEMA}.${OBJECT_RECORDS}`
    : "(values (null, null, null)) none (kind, name, on_table)";
  const sql = READ.replaceAll("from records", `from ${records}`);
  return withSearchPath(
    tx,
    () => "pg_catalog",
    () => tx.unsafe<Dependent[]>(sql, [schema, JSON.stringify(columns)]),
  );
}

const dropStep = (sql: string): Step => ({ sql, effect: "replaces", about: sql });
