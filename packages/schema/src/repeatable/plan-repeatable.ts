import type { TransactionSql } from "postgres";
import { PushError } from "../database/push-error.ts";
import type { Step } from "../database/step.ts";
import { missingEncryptionRecords } from "../encryption/make-encryption-records.ts";
import type { Target } from "../target.ts";
import type { UsersColumn } from "../users-columns.ts";
import { readUsersSequence } from "./held-privileges.ts";
import { missingNotes } from "./missing-notes.ts";
import { keyOfObject, readDigests } from "./objects.ts";
import { planGrants } from "./plan-grants.ts";
import { probe } from "./probe.ts";
import { type ObjectRecord, readRecords } from "./records.ts";
import { planRoles, type Roles } from "./roles.ts";
import { type RepeatableObject, type Unit, unitsOf } from "./units.ts";
import { readParts } from "./users-parts.ts";

export type RepeatableOptions = {
  readonly roles: Roles;
  /** Columns of the users table that are about to go: nothing may hang on them any more. */
  readonly leaving?: readonly UsersColumn[];
};

export type RepeatablePlan = {
  readonly steps: readonly Step[];
  /** What was left out and why, a sentence each. */
  readonly notes: readonly string[];
};

/**
 * The steps that bring functions, triggers, views, roles and grants to what this version of Postern
 * says, in order. Reads only; the tables may still be to make, and are made first.
 *
 * Throws PushError where an object of that name was made by somebody else.
 */
export async function planRepeatable(
  tx: TransactionSql,
  target: Target,
  options: RepeatableOptions,
): Promise<RepeatablePlan> {
  const { units, parts } = await readUnits(tx, target, options);
  const records = await readRecords(tx, target.schema);
  const objects = units.flatMap((unit) => unit.objects);
  const digests = await readDigests(tx, [...objects, ...records.values()]);
  const state: State = { tx, records, digests };

  const made = [];
  for (const unit of units) made.push(await planUnit(unit, state));
  const { roles, ...rolesPlan } = await planRoles(tx, options.roles);
  const remade = new Set(made.flatMap((it) => it.dropped.map(({ name }) => name)));
  const hasUsers = parts !== undefined;
  const usersSequence = await readUsersSequence(tx, target);
  const found = { units, hasUsers, usersSequence };
  const grants = await planGrants(tx, target, { ...found, roles, remade });
  return {
    steps: [
      ...(await missingEncryptionRecords(tx)).map(recordsStepOf),
      ...dropsOf(retired(objects, state)),
      ...made.flatMap((it) => [...dropsOf(it.dropped), ...it.steps]),
      ...rolesPlan.steps,
      ...grants.steps,
    ],
    notes: [...missingNotes(target, parts), ...rolesPlan.notes, ...grants.notes],
  };
}

export async function readUnits(
  tx: TransactionSql,
  target: Target,
  { leaving = [] }: Pick<RepeatableOptions, "leaving">,
) {
  const found = await readParts(tx, target);
  const parts = found && new Map([...found].filter(([part]) => !leaving.includes(part)));
  return { units: unitsOf(target, parts), parts };
}

type State = {
  readonly tx: TransactionSql;
  readonly records: ReadonlyMap<string, ObjectRecord>;
  readonly digests: ReadonlyMap<string, string>;
};

type UnitPlan = { steps: readonly Step[]; dropped: readonly RepeatableObject[] };

const NOTHING: UnitPlan = { steps: [], dropped: [] };

async function planUnit(unit: Unit, { tx, records, digests }: State): Promise<UnitPlan> {
  const isCurrent = (object: RepeatableObject) => {
    const record = records.get(keyOfObject(object));
    const digest = digests.get(keyOfObject(object));
    return record?.checksum === unit.checksum && record.digest === digest;
  };
  if (unit.objects.every(isCurrent)) return NOTHING;
  const present = unit.objects.filter((object) => digests.has(keyOfObject(object)));
  const unknown = present.filter((object) => !records.has(keyOfObject(object)));
  const step = stepOf(unit, present.length > 0);
  if (present.length === 0) return { steps: [step], dropped: [] };
  const found = await probe(tx, unit);
  if (found === "same") return NOTHING;
  refuseStrangers(unknown);
  return { steps: [step], dropped: found === "of another shape" ? present : [] };
}

/** CREATE OR REPLACE would take what somebody else made without a word. */
function refuseStrangers([stranger]: readonly RepeatableObject[]): void {
  if (!stranger) return;
  const where = stranger.table && ` on ${stranger.table}`;
  throw new PushError(
    `There is a ${stranger.kind} ${stranger.name}${where} that Postern did not make. Rename or drop it, or bind the tables to another PostgreSQL schema.`,
  );
}

/** Records that the services read, so they come with what lets them. */
export const recordsStepOf = (sql: string): Step => ({
  sql,
  effect: "adds",
  about: sql.slice(0, sql.indexOf(" (")),
});

export const stepOf = ({ sql, objects }: Unit, isThere: boolean): Step => ({
  sql,
  effect: isThere ? "replaces" : "adds",
  about: objects.map(({ kind, name }) => `${kind} ${name}`).join(", "),
});

/** Recorded, still there, and no longer part of what is declared. */
function retired(objects: readonly RepeatableObject[], { records, digests }: State) {
  const wanted = new Set(objects.map(keyOfObject));
  return [...records.values()].filter(
    (record) => !wanted.has(keyOfObject(record)) && digests.has(keyOfObject(record)),
  );
}

/** Never CASCADE. Triggers and views go before the functions that they call. */
function dropsOf(objects: readonly RepeatableObject[]): Step[] {
  const isFunction = ({ kind }: RepeatableObject) => Number(kind === "function");
  return objects
    .toSorted((a, b) => isFunction(a) - isFunction(b))
    .map(({ kind, name, table }) => {
      const sql = `drop ${kind} ${name}${table && ` on ${table}`}`;
      return { sql, effect: "replaces", about: sql };
    });
}
