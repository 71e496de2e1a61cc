import type { TransactionSql } from "postgres";
import { quoted } from "../database/quoted.ts";
import { withSearchPath } from "../database/search-path.ts";
import type { Target } from "../target.ts";
import type { Securable } from "./securables.ts";

/** Column privileges have a column; a role that is null is PUBLIC. */
export type Held = {
  kind: "schema" | "table" | "function" | "sequence" | "database";
  name: string;
  column: string | null;
  role: string | null;
  verb: string;
  /** It may be passed on. */
  isGrantable: boolean;
  /** Who granted it, where that was not the owner: only that role can take it back. */
  grantor: string | null;
  /** This role is the owner, or may act as it. */
  isOursToRevoke: boolean;
};

/** How things stand with one object: `exists`, and whether this role may grant on it. */
export type Standing = { name: string; exists: boolean; isOursToGrant: boolean };

const ASKED = "select * from json_to_recordset($1::text::json) as a (kind text, name text)";

const HELD = `
  with asked as (${ASKED}),
  relation as (
    select asked.name, c.oid, c.relacl, c.relowner
    from asked join pg_class c on asked.kind = 'table' and c.oid = to_regclass(asked.name)),
  held (kind, name, "column", acl, owner) as (
    select 'table', name, null::text, coalesce(relacl, acldefault('r', relowner)), relowner from relation
    union all
    select 'table', name, quote_ident(attname), attacl, relowner
    from relation join pg_attribute on attrelid = oid and attacl is not null and not attisdropped
    union all
    select 'sequence', s.oid::regclass::text, null, s.relacl, s.relowner
    from relation join pg_depend d on d.refobjid = relation.oid and d.classid = 'pg_class'::regclass
      and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')
    join pg_class s on s.oid = d.objid and s.relkind = 'S' and s.relacl is not null
    union all
    select 'function', name, null, coalesce(proacl, acldefault('f', proowner)), proowner
    from asked join pg_proc on kind = 'function' and pg_proc.oid = to_regprocedure(name)
    union all
    select 'schema', name, null, nspacl, nspowner
    from asked join pg_namespace on kind = 'schema' and pg_namespace.oid = to_regnamespace(name)
    union all
    select 'database', quote_ident(datname), null, datacl, datdba
    from pg_database where datname = current_database())
  select kind, name, "column", holder.rolname as role, privilege_type as verb, is_grantable as "isGrantable",
    case when grantor <> owner then giver.rolname end as grantor,
    pg_has_role(owner, 'USAGE') as "isOursToRevoke"
  from held, aclexplode(acl) left join pg_roles holder on holder.oid = grantee
    left join pg_roles giver on giver.oid = grantor
  where grantee = 0 or holder.rolname in (select json_array_elements_text($2::text::json))`;

const STANDINGS = `
  with asked as (${ASKED}),
  found (name, owner, may_pass_on) as (
    select name, relowner, has_table_privilege(c.oid, 'SELECT WITH GRANT OPTION')
      and has_table_privilege(c.oid, 'INSERT WITH GRANT OPTION')
      and has_table_privilege(c.oid, 'UPDATE WITH GRANT OPTION')
    from asked join pg_class c on kind = 'table' and c.oid = to_regclass(name)
    union all
    select name, relowner, has_sequence_privilege(c.oid, 'USAGE WITH GRANT OPTION')
    from asked join pg_class c on kind = 'sequence' and c.oid = to_regclass(name)
    union all
    select name, nspowner, has_schema_privilege(n.oid, 'USAGE WITH GRANT OPTION')
    from asked join pg_namespace n on kind = 'schema' and n.oid = to_regnamespace(name)
    union all
    select name, proowner, false
    from asked join pg_proc p on kind = 'function' and p.oid = to_regprocedure(name))
  select asked.name, owner is not null as exists,
    owner is null or may_pass_on or pg_has_role(owner, 'USAGE') as "isOursToGrant"
  from asked left join found on found.name = asked.name`;

// What a new object of this role's is given without anybody's asking for it.
const GIVEN = `
  select exists (
    select from pg_default_acl, aclexplode(defaclacl) left join pg_roles on pg_roles.oid = grantee
    where grantee = 0 or rolname in (select json_array_elements_text($1::text::json))) as yes`;

type Asked = { securables: readonly Securable[]; roles: readonly string[] };

// Of a serial alone: an identity column asks for no privilege on its sequence.
const USERS_SEQUENCE = `
  select s.oid::regclass::text as name
  from pg_attribute a
  join pg_depend d on d.refobjid = a.attrelid and d.refobjsubid = a.attnum and d.deptype = 'a'
    and d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass
  join pg_class s on s.oid = d.objid and s.relkind = 'S'
  where a.attrelid = to_regclass($1) and a.attname = $2`;

/** The sequence that a serial id of an app's own users is drawn from, as SQL names it. */
export async function readUsersSequence(
  tx: TransactionSql,
  { users }: Target,
): Promise<string | null> {
  if (users.isOurs) return null;
  const asked = [quoted(users.schema, users.table), users.id];
  const rows = await withSearchPath(
    tx,
    () => "pg_catalog",
    () => tx.unsafe<{ name: string }[]>(USERS_SEQUENCE, asked),
  );
  return rows[0]?.name ?? null;
}

/**
 * Reads what PUBLIC and the roles hold, of which objects there are, and what new ones would be
 * given.
 */
export function readHeld(tx: TransactionSql, { securables, roles }: Asked) {
  const [asked, named] = [JSON.stringify(securables), JSON.stringify(roles)];
  return withSearchPath(
    tx,
    () => "pg_catalog",
    async () => ({
      held: [...(await tx.unsafe<Held[]>(HELD, [asked, named]))],
      standings: [...(await tx.unsafe<Standing[]>(STANDINGS, [asked]))],
      areNewOnesGiven: (await tx.unsafe<{ yes: boolean }[]>(GIVEN, [named]))[0]?.yes ?? false,
    }),
  );
}
