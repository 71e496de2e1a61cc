import type { TransactionSql } from "postgres";
import type { Difference } from "./difference.ts";
import { RECORDS_SCHEMA } from "./ours.ts";
import { PushError } from "./push-error.ts";
import type { Step } from "./step.ts";

type Dependent = { name: string; drop: string; table: string; column: string; isOurs: boolean };

const RECORDS = `${RECORDS_SCHEMA}.repeatable_objects`;

// The rule of a view and the condition of a trigger depend on each column that they read.
const READ = `
  with held as (
    select pg_depend.*, relname as "table", attname as "column"
    from pg_depend join pg_class on pg_class.oid = refobjid
      join pg_attribute on attrelid = refobjid and attnum = refobjsubid
    where refclassid = 'pg_class'::regclass
      and relnamespace = to_regnamespace(quote_ident($1))
      and (relname, attname) in (
        select "table", "column" from json_to_recordset($2::text::json) as c("table" text, "column" text)))
  select distinct format('the view %s.%s', nspname, view.relname) as name,
    format('DROP VIEW %I.%I;', nspname, view.relname) as drop, "table", "column",
    exists (select from records where kind = 'view' and to_regclass(name) = view.oid) as "isOurs"
  from held join pg_rewrite on classid = 'pg_rewrite'::regclass and objid = pg_rewrite.oid
    join pg_class view on view.oid = ev_class
    join pg_namespace on pg_namespace.oid = view.relnamespace
  union
  select format('the trigger %s', tgname), format('DROP TRIGGER %I ON %s;', tgname, tgrelid::regclass),
    "table", "column", exists (select from records
      where kind = 'trigger' and to_regclass(on_table) = tgrelid and (parse_ident(name))[1] = tgname)
  from held join pg_trigger on classid = 'pg_trigger'::regclass and objid = pg_trigger.oid
  order by 1, 3, 4`;

/**
 * The steps that take our own views and triggers out of the way of columns that are to get another
 * type, or to go: repeatable SQL makes them again.
 *
 * Throws PushError where somebody else's stands in the way.
 */
export async function freeColumns(
  tx: TransactionSql,
  schema: string,
  { retyped, retired }: Difference,
): Promise<Step[]> {
  const dropped = retired.filter(({ kind }) => kind === "column");
  const changes = [
    ...retyped.map(({ table, column, to }) => ({ table, column, change: `turn into ${to}` })),
    ...dropped.map(({ table, name }) => ({ table, column: name, change: "drop" })),
  ];
  if (changes.length === 0) return [];
  const [found] = await tx`select to_regclass(${RECORDS}) is not null as exists`;
  const records = found?.exists
    ? RECORDS
    : "(values (null, null, null)) none (kind, name, on_table)";
  const sql = READ.replaceAll("from records", `from ${records}`);
  const dependents = await tx.unsafe<Dependent[]>(sql, [schema, JSON.stringify(changes)]);
  const first = dependents.find(({ isOurs }) => !isOurs);
  if (!first) return [...new Set(dependents.map(({ drop }) => drop))].map(dropStep);
  const { change } =
    changes.find(({ table, column }) => table === first.table && column === first.column) ?? {};
  throw new PushError(
    `There is ${first.name}: it reads ${first.table}.${first.column}, which this push would ${change}. Nothing was done. Drop it (${first.drop}), push, and create it again.`,
  );
}

const dropStep = (sql: string): Step => ({ sql, effect: "replaces", about: sql });
