import type { Sql } from "postgres";
import { databaseRoles, matrix, verbsOf } from "../grants.ts";

const TABLE_VERBS = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"];

/**
 * Every role, object and verb that the catalogue says yes to, as `app SELECT users`: what a role
 * was granted, what it has by PUBLIC or by another role, and what it will be given of objects to
 * come.
 */
export async function readPrivileges(sql: Sql, prefix = "postern_"): Promise<string[]> {
  const rows = await sql<{ yes: string }[]>`
    with role as (
      select short, ${prefix} || short as role from unnest(${[...databaseRoles]}::text[]) as short),
    relation as (
      select c.oid, relname, relkind from pg_class c
      where relnamespace in ('postern'::regnamespace, 'postern_internal'::regnamespace)),
    space as (
      select oid, case nspname when 'postern' then 'schema' else nspname end as name
      from pg_namespace where nspname in ('postern', 'postern_internal')),
    passed_on (words) as (values (''), (' WITH GRANT OPTION')),
    said (role, verb, object, yes) as (
      select short, verb || words, relname, has_table_privilege(role, oid, verb || words)
      from role, unnest(${TABLE_VERBS}::text[]) verb, relation, passed_on
      where relkind in ('r', 'v', 'p', 'm', 'f')
      union all
      select short, verb || ' of a column', relname, has_any_column_privilege(role, oid, verb)
        and not has_table_privilege(role, oid, verb)
      from role, unnest('{SELECT,INSERT,UPDATE,REFERENCES}'::text[]) verb, relation
      where relkind in ('r', 'v')
      union all
      select short, verb, relname, has_sequence_privilege(role, oid, verb)
      from role, unnest('{USAGE,SELECT,UPDATE}'::text[]) verb, relation where relkind = 'S'
      union all
      select short, 'EXECUTE' || words, proname, has_function_privilege(role, p.oid, 'EXECUTE' || words)
      from role, passed_on, pg_proc p where pronamespace = 'postern'::regnamespace
      union all
      select short, verb || words, name, has_schema_privilege(role, oid, verb || words)
      from role, space, passed_on, unnest('{USAGE,CREATE}'::text[]) verb
      union all
      select short, 'CREATE', 'the database', has_database_privilege(role, current_database(), 'CREATE')
      from role
      union all
      select short, 'member', 'of ' || granted.rolname, true
      from role join pg_roles on rolname = role join pg_auth_members m on m.member = pg_roles.oid
      join pg_roles granted on granted.oid = m.roleid
      union all
      select short, 'is', 'powerful', rolsuper or rolcreaterole or rolcreatedb or rolreplication
        or rolbypassrls or rolcanlogin
      from role join pg_roles on rolname = role
      union all
      select coalesce(short, 'PUBLIC'), privilege_type, 'all that is to come', true
      from pg_default_acl cross join aclexplode(defaclacl) left join pg_roles on pg_roles.oid = grantee
      left join role on role = rolname where grantee = 0 or short is not null)
    select concat_ws(' ', role, verb, object) as yes from said where yes`;
  return rows.map((row) => row.yes).sort();
}

const ofOwnUsers = ["users_schema", "users_id_sequence", "postern_users"];

/**
 * What the matrix says. `users_schema` is the schema of an app's own users: here the two are one.
 */
export const matrixPrivileges: readonly string[] = matrix
  .filter(([object]) => !ofOwnUsers.includes(object))
  .flatMap(([object]) =>
    databaseRoles.flatMap((role) =>
      verbsOf(role, object).map((verb) => `${role} ${verb} ${object}`),
    ),
  )
  .sort();
