import type { TransactionSql } from "postgres";
import { quoted } from "../database/quoted.ts";
import type { Step } from "../database/step.ts";

export type RoleExcess = { readonly steps: readonly Step[]; readonly notes: readonly string[] };

type Membership = { member: string; role: string; grantor: string | null };

const MEMBERSHIPS = `
  select member.rolname as member, role.rolname as role, grantor.rolname as grantor
  from pg_auth_members m join pg_roles member on member.oid = m.member
    join pg_roles role on role.oid = m.roleid left join pg_roles grantor on grantor.oid = m.grantor
  where member.rolname in (select json_array_elements_text($1::text::json)) order by 1, 2`;

const POWERS = `
  select rolname as name from pg_roles
  where rolname in (select json_array_elements_text($1::text::json))
    and (rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls) order by 1`;

/**
 * What our roles are beside what they are granted: members of other roles, or roles with a power of
 * their own. A superuser takes it back; anybody else, who may lack the right to, is told of it.
 */
export async function planRoleExcess(
  tx: TransactionSql,
  names: readonly string[],
): Promise<RoleExcess> {
  const asked = [JSON.stringify(names)];
  const [me] = await tx<{ isSuper: boolean }[]>`
    select rolsuper as "isSuper" from pg_roles where rolname = current_user`;
  const memberships = await tx.unsafe<Membership[]>(MEMBERSHIPS, asked);
  const powerful = await tx.unsafe<{ name: string }[]>(POWERS, asked);
  const statements = [
    ...memberships.map(({ member, role, grantor }) => {
      const by = grantor === null ? "" : ` granted by ${quoted(grantor)}`;
      return `revoke ${quoted(role)} from ${quoted(member)}${by}`;
    }),
    ...powerful.map(({ name }) => `alter role ${quoted(name)} ${POWERLESS}`),
  ];
  return me?.isSuper
    ? { steps: statements.map((sql) => ({ sql, effect: "replaces", about: sql })), notes: [] }
    : { steps: [], notes: statements.map(noteOf) };
}

const POWERLESS = "nosuperuser nocreaterole nocreatedb noreplication nobypassrls";

const noteOf = (statement: string) =>
  `A role of Postern's may do more than it is granted. Have an administrator run: ${statement};`;
