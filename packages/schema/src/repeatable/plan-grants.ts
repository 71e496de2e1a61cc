import type { TransactionSql } from "postgres";
import { quoted } from "../database/quoted.ts";
import type { Step } from "../database/step.ts";
import type { Target } from "../target.ts";
import { type DatabaseRole, verbsOf } from "./grants.ts";
import { type Held, readHeld, type Standing } from "./held-privileges.ts";
import { type Found, ownRecords, type Securable, securablesOf } from "./securables.ts";

type Wish = Found & { readonly roles: ReadonlyMap<DatabaseRole, string> };

export type GrantsPlan = { readonly steps: readonly Step[]; readonly notes: readonly string[] };

/** What the matrix says and the database does not, and the other way round. */
export async function planGrants(
  tx: TransactionSql,
  target: Target,
  { roles, remade, ...found }: Wish & { remade: ReadonlySet<string> },
): Promise<GrantsPlan> {
  const securables = securablesOf(target, found);
  const names = [...roles.values()];
  const read = await readHeld(tx, { securables, roles: names });
  // What is dropped and made again loses what was granted on it.
  const held = read.held.filter(({ name }) => !remade.has(name));
  const sides = { securables, roles };
  const excess = held.filter((grant) => !isWanted(grant, sides));
  const isFresh = ({ name, exists }: Standing) => !exists || remade.has(name);
  const fresh = read.areNewOnesGiven ? read.standings.filter(isFresh) : [];
  const foreign = read.standings.filter((it) => !it.isOursToGrant).map(({ name }) => name);
  const isForeign = ({ on }: Missing) => foreign.includes(on.name);
  const wanted = grants(held, sides);
  const revocable = excess.filter(({ grantor }) => grantor === null);
  const isOurs = ({ isOursToRevoke }: Held) => isOursToRevoke;
  return {
    steps: [
      ...revocable.filter(isOurs).map(revokeOf),
      ...clearings(fresh, sides),
      ...grantsOf(wanted.filter((it) => !isForeign(it))),
    ],
    notes: [
      ...excess.flatMap((grant) => noteOfOthers(grant, names)),
      ...publicCreators(read.held, sides),
      ...revocable.filter((it) => !isOurs(it)).map((it) => noteOfOwners(revokeOf(it))),
      ...grantsOf(wanted.filter(isForeign)).map(noteOfOwners),
    ],
  };
}

const noteOfOwners = ({ sql }: Step) => `Only the owner can do this, and it is needed: ${sql};`;

/** Everything that the matrix grants, as if nothing were granted. */
export const allGrants = (target: Target, { roles, ...found }: Wish): Step[] =>
  grantsOf(grants([], { securables: securablesOf(target, found), roles }));

type Sides = { securables: readonly Securable[]; roles: ReadonlyMap<DatabaseRole, string> };

/** Granted by the matrix and not to be passed on, or none of our business. */
function isWanted({ kind, name, column, role, verb, ...held }: Held, sides: Sides): boolean {
  // A database is the app's: who may connect, it decides. What makes schemas does more than we
  // allow.
  if (kind === "database") return role === null || verb !== "CREATE";
  const place = sides.securables.find((it) => it.kind === kind && it.name === name);
  if (role === null) return place !== undefined && !place.isOurs;
  const short = [...sides.roles].find(([, full]) => full === role)?.[0];
  if (!place || !short || column || held.isGrantable) return false;
  return verbsOf(short, place.object).includes(verb);
}

/**
 * CASCADE takes back what was passed on. What is granted too much only in this is granted again.
 */
function revokeOf({ kind, name, column, role, verb, isGrantable }: Held): Step {
  const what = column ? `${verb} (${column})` : verb;
  const from = role === null ? "public" : quoted(role);
  const sql = `revoke ${what} on ${kind} ${name} from ${from}${isGrantable ? " cascade" : ""}`;
  return { sql, effect: "replaces", about: sql };
}

/** Default privileges give an object to roles as it is made, before anybody could have looked. */
function clearings(fresh: readonly Standing[], { securables, roles }: Sides): Step[] {
  const from = ["public", ...[...roles.values()].map((name) => quoted(name))].join(", ");
  return (["schema", "table", "function"] as const).flatMap((kind) => {
    const isCleared = ({ name }: Standing) =>
      securables.some(
        (it) =>
          it.isOurs && it.kind === kind && it.name === name && !ownRecords.includes(it.object),
      );
    const names = fresh.filter(isCleared).map(({ name }) => name);
    if (names.length === 0) return [];
    const sql = `revoke all on ${kind} ${names.join(", ")} from ${from}`;
    return [{ sql, effect: "replaces" as const, about: sql }];
  });
}

/** What one of our roles passed on goes with its leave to; what anybody else granted stays. */
function noteOfOthers({ grantor, role, verb, kind, name }: Held, ours: readonly string[]) {
  if (grantor === null || ours.includes(grantor)) return [];
  return [
    `${role ?? "PUBLIC"} may ${verb} on ${kind} ${name} by a grant of ${grantor}, which only ${grantor} can take back.`,
  ];
}

/** Whoever may create in a schema is able to with each of our roles too. */
function publicCreators(held: readonly Held[], { roles }: Sides): string[] {
  const isCreate = ({ kind, role, verb }: Held) =>
    kind === "schema" && role === null && verb === "CREATE";
  const noteOn = (name: string) =>
    `PUBLIC may create objects in the schema ${name}, so the roles may as well: revoke create on schema ${name} from public.`;
  return roles.size > 0 ? held.filter(isCreate).map(({ name }) => noteOn(name)) : [];
}

type Missing = { on: Securable; role: string; verbs: string };
type Group = { kind: Securable["kind"]; role: string; verbs: string; names: string[] };

function grants(held: readonly Held[], { securables, roles }: Sides): Missing[] {
  return [...roles].flatMap(([short, role]) =>
    securables.flatMap((on) => {
      const missing = verbsOf(short, on.object).filter((verb) => !isHeld(held, { on, role, verb }));
      return missing.length > 0 ? [{ on, role, verbs: missing.join(", ") }] : [];
    }),
  );
}

/** One statement for all objects on which a role may do the same. */
const grantsOf = (missing: readonly Missing[]) => missing.reduce(group, []).map(grantOf);

function group(groups: Group[], { on: { kind, name }, role, verbs }: Missing): Group[] {
  const found = groups.find((it) => it.kind === kind && it.role === role && it.verbs === verbs);
  if (found) found.names.push(name);
  else groups.push({ kind, role, verbs, names: [name] });
  return groups;
}

function grantOf({ kind, role, verbs, names }: Group): Step {
  const sql = `grant ${verbs} on ${kind} ${names.join(", ")} to ${quoted(role)}`;
  return { sql, effect: "adds", about: sql };
}

type Wanted = { on: Securable; role: string; verb: string };

/** What an app lets PUBLIC do in a schema of its own need not be granted once more. */
function isHeld(held: readonly Held[], { on, role, verb }: Wanted): boolean {
  const { kind, name, isOurs } = on;
  return held.some(
    (it) =>
      it.kind === kind &&
      it.name === name &&
      it.column === null &&
      it.verb === verb &&
      !it.isGrantable &&
      (it.role === role || (kind === "schema" && !isOurs && it.role === null)),
  );
}
