import type { TransactionSql } from "postgres";
import { literal } from "../database/literal.ts";
import { quoted } from "../database/quoted.ts";
import type { Step } from "../database/step.ts";
import { type DatabaseRole, databaseRoles } from "./grants.ts";
import { planRoleExcess } from "./role-excess.ts";

/** Before each role's name; null where Postern is to make no roles and grant nothing. */
export type Roles = { readonly prefix: string } | null;

export const DEFAULT_ROLES = { prefix: "postern_" };

const roleName = (prefix: string, role: DatabaseRole) => `${prefix}${role}`;

/** A role that holds privileges for others: nobody signs in as it. */
export function creationOf(name: string): Step {
  // Roles belong to the whole server: a push to another database may be making the same one.
  const sql = `do $$ begin
  if not exists (select from pg_roles where rolname = ${literal(name)}) then
    create role ${quoted(name)} nologin;
  end if;
exception when duplicate_object or unique_violation then null;
end $$`;
  return { sql, effect: "adds", about: `create role ${quoted(name)} nologin` };
}

export type RolesPlan = {
  readonly steps: readonly Step[];
  /** Those that are there, or will be. */
  readonly roles: ReadonlyMap<DatabaseRole, string>;
  readonly notes: readonly string[];
};

/** The roles that are missing, and what to say where they cannot be made. */
export async function planRoles(tx: TransactionSql, roles: Roles): Promise<RolesPlan> {
  if (!roles) return { steps: [], roles: new Map(), notes: [] };
  const names = namesOf(roles);
  const found = await tx<{ name: string }[]>`
    select rolname as name from pg_roles where rolname = any(${[...names.values()]})`;
  const missing = [...names].filter(([, name]) => found.every((role) => role.name !== name));
  const [me] = await tx<{ name: string; creates: boolean }[]>`
    select rolname as name, rolsuper or rolcreaterole as creates from pg_roles
    where rolname = current_user`;
  const excess = await planRoleExcess(tx, [...names.values()]);
  if (missing.length === 0 || me?.creates) {
    const steps = [...missing.map(([, name]) => creationOf(name)), ...excess.steps];
    return { steps, roles: names, notes: excess.notes };
  }
  const absent = missing.map(([, name]) => name).join(", ");
  const note = `${me?.name} may not create roles, so nothing is granted to ${absent}. Have them created by a role with CREATEROLE and push again, or push --without-roles.`;
  for (const [role] of missing) names.delete(role);
  return { steps: excess.steps, roles: names, notes: [...excess.notes, note] };
}

export const namesOf = ({ prefix }: NonNullable<Roles>) =>
  new Map(databaseRoles.map((role) => [role, roleName(prefix, role)]));
