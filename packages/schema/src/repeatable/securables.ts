import { quoted } from "../database/quoted.ts";
import { RECORDS_SCHEMA } from "../database/records-table.ts";
import type { Target } from "../target.ts";
import type { RepeatableObject, Unit } from "./units.ts";

/** An object that privileges are held on. */
export type Securable = {
  readonly kind: "schema" | "table" | "function" | "sequence";
  /** As SQL names it. */
  readonly name: string;
  /** As the matrix names it. */
  readonly object: string;
  /** Nobody but Postern decides what PUBLIC may do with it. */
  readonly isOurs: boolean;
};

/** Records that each command makes as it writes its first. */
export const ownRecords = ["pushed_objects", "repeatable_objects", "schema_migrations"];
const sharedRecords = ["encryptions", "encryption_leftovers", "key_fingerprints"];

export type Found = {
  readonly units: readonly Unit[];
  /** The users table is there, or will be. */
  readonly hasUsers: boolean;
  /** As SQL names it: what a serial id of an app's own users is drawn from. */
  readonly usersSequence: string | null;
};

/** Everything that the matrix speaks of, in a target. */
export function securablesOf(
  target: Target,
  { units, hasUsers, usersSequence: sequence }: Found,
): Securable[] {
  const { schema, tables } = target;
  return [
    // PUBLIC may do in a schema what the app decides: it may be the app's own.
    { kind: "schema", name: quoted(schema), object: "schema", isOurs: false },
    ...(hasUsers ? usersSecurables(target) : []),
    ...(sequence ? [sequenceOf(sequence)] : []),
    ...tables.filter((name) => name !== "users").map((name) => ourTable(schema, name)),
    { kind: "schema", name: quoted(RECORDS_SCHEMA), object: RECORDS_SCHEMA, isOurs: true },
    ...[...ownRecords, ...sharedRecords].map((name) => ourTable(RECORDS_SCHEMA, name)),
    ...units.flatMap((unit) => unit.objects).flatMap(securableOf),
  ];
}

const ourTable = (schema: string, object: string): Securable => ({
  kind: "table",
  name: quoted(schema, object),
  object,
  isOurs: true,
});

const sequenceOf = (name: string): Securable => ({
  kind: "sequence",
  name,
  object: "users_id_sequence",
  isOurs: false,
});

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
