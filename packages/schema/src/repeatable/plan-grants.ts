import type { TransactionSql } from "postgres";
import { withSearchPath } from "../push/search-path.ts";
import { quoted, type Step } from "../push/step.ts";
import type { Target } from "../target.ts";
import { type DatabaseRole, verbsOf } from "./grants.ts";
import type { RepeatableObject, Unit } from "./units.ts";

/** An object that privileges are held on. */
type Securable = {
  readonly kind: "schema" | "table" | "function";
  /** As SQL names it. */
  readonly name: string;
  /** As the matrix names it. */
  readonly object: string;
  /** Nobody but Postern decides what PUBLIC may do with it. */
  readonly isOurs: boolean;
};

/** Column privileges have a column; a role that is null is PUBLIC. */
type Held = {
  kind: "schema" | "table" | "function" | "sequence";
  name: string;
  column: string | null;
  role: string | null;
  verb: string;
};

const HELD = `
  with asked as (select * from json_to_recordset($1::text::json) as a (kind text, name text)),
  relation as (
    select asked.name, c.oid, c.relacl, c.relowner
    from asked join pg_class c on asked.kind = 'table' and c.oid = to_regclass(asked.name)),
  held (kind, name, "column", acl) as (
    select 'table', name, null::text, coalesce(relacl, acldefault('r', relowner)) from relation
    union all
    select 'table', name, quote_ident(attname), attacl
    from relation join pg_attribute on attrelid = oid and attacl is not null and not attisdropped
    union all
    select 'sequence', s.oid::regclass::text, null, s.relacl
    from relation join pg_depend d on d.refobjid = relation.oid and d.classid = 'pg_class'::regclass
      and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')
    join pg_class s on s.oid = d.objid and s.relkind = 'S' and s.relacl is not null
    union all
    select 'function', name, null, coalesce(proacl, acldefault('f', proowner))
    from asked join pg_proc on kind = 'function' and pg_proc.oid = to_regprocedure(name)
    union all
    select 'schema', name, null, nspacl
    from asked join pg_namespace on kind = 'schema' and pg_namespace.oid = to_regnamespace(name))
  select kind, name, "column", rolname as role, privilege_type as verb
  from held, aclexplode(acl) left join pg_roles on pg_roles.oid = grantee
  where grantee = 0 or rolname in (select json_array_elements_text($2::text::json))`;

type Wish = {
  readonly units: readonly Unit[];
  /** The users table is there, or will be. */
  readonly hasUsers: boolean;
  readonly roles: ReadonlyMap<DatabaseRole, string>;
};

/** What the matrix says and the database does not, and the other way round. */
export async function planGrants(
  tx: TransactionSql,
  target: Target,
  { units, hasUsers, roles, remade }: Wish & { remade: ReadonlySet<string> },
): Promise<Step[]> {
  const securables = securablesOf(target, { units, hasUsers });
  const rows = await withSearchPath(
    tx,
    () => "pg_catalog",
    () =>
      tx.unsafe<Held[]>(HELD, [JSON.stringify(securables), JSON.stringify([...roles.values()])]),
  );
  // What is dropped and made again loses what was granted on it.
  const held = rows.filter(({ name }) => !remade.has(name));
  return [...revokes(held, { securables, roles }), ...grants(held, { securables, roles })];
}

/** Everything that the matrix grants, as if nothing were granted. */
export const allGrants = (target: Target, { roles, ...wish }: Wish): Step[] =>
  grants([], { securables: securablesOf(target, wish), roles });

type Sides = { securables: readonly Securable[]; roles: ReadonlyMap<DatabaseRole, string> };

function revokes(held: readonly Held[], { securables, roles }: Sides): Step[] {
  const isWanted = ({ kind, name, column, role, verb }: Held) => {
    const place = securables.find((it) => it.kind === kind && it.name === name);
    if (role === null) return place !== undefined && !place.isOurs;
    const short = [...roles].find(([, full]) => full === role)?.[0];
    return Boolean(place && short && !column && verbsOf(short, place.object).includes(verb));
  };
  return held
    .filter((grant) => !isWanted(grant))
    .map(({ kind, name, column, role, verb }) => {
      const what = column ? `${verb} (${column})` : verb;
      const from = role === null ? "public" : quoted(role);
      const sql = `revoke ${what} on ${kind} ${name} from ${from}`;
      return { sql, effect: "replaces", about: sql };
    });
}

/** One statement for all objects on which a role may do the same. */
function grants(held: readonly Held[], { securables, roles }: Sides): Step[] {
  const groups = new Map<string, string[]>();
  for (const [role, fullName] of roles) {
    for (const securable of securables) {
      const missing = verbsOf(role, securable.object).filter(
        (verb) => !isHeld(held, { securable, role: fullName, verb }),
      );
      if (missing.length === 0) continue;
      const key = `${missing.join(", ")} on ${securable.kind}|${quoted(fullName)}`;
      groups.set(key, [...(groups.get(key) ?? []), securable.name]);
    }
  }
  return [...groups].map(([key, names]) => {
    const [what, role] = key.split("|");
    const sql = `grant ${what} ${names.join(", ")} to ${role}`;
    return { sql, effect: "adds", about: sql };
  });
}

type Wanted = { securable: Securable; role: string; verb: string };

/** What an app lets PUBLIC do in a schema of its own need not be granted once more. */
function isHeld(held: readonly Held[], { securable, role, verb }: Wanted): boolean {
  const { kind, name, isOurs } = securable;
  return held.some(
    (it) =>
      it.kind === kind &&
      it.name === name &&
      it.column === null &&
      it.verb === verb &&
      (it.role === role || (kind === "schema" && !isOurs && it.role === null)),
  );
}

type Found = Pick<Wish, "units" | "hasUsers">;

function securablesOf(target: Target, { units, hasUsers }: Found): Securable[] {
  const { schema, tables } = target;
  return [
    // PUBLIC may do in a schema what the app decides: it may be the app's own.
    { kind: "schema", name: quoted(schema), object: "schema", isOurs: false },
    ...(hasUsers ? usersSecurables(target) : []),
    ...tables
      .filter((name) => name !== "users")
      .map((object) => ({
        kind: "table" as const,
        name: quoted(schema, object),
        object,
        isOurs: true,
      })),
    ...units.flatMap((unit) => unit.objects).flatMap(securableOf),
  ];
}

function usersSecurables({ schema, users }: Target): Securable[] {
  const name = quoted(users.schema, users.table);
  const table: Securable = { kind: "table", name, object: "users", isOurs: users.isOurs };
  if (users.schema === schema) return [table];
  const home = quoted(users.schema);
  return [{ kind: "schema", name: home, object: "users_schema", isOurs: false }, table];
}

/** A trigger is no object of its own to PostgreSQL. */
function securableOf({ kind, name }: RepeatableObject): Securable[] {
  if (kind === "trigger") return [];
  const [, object = ""] = /\.(\w+)(?:\(.*)?$/.exec(name) ?? [];
  return [{ kind: kind === "view" ? "table" : kind, name, object, isOurs: true }];
}
