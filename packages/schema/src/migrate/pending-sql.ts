import type { Sql } from "postgres";
import { begin } from "../database/begin.ts";
import { quoted } from "../database/quoted.ts";
import type { Step } from "../database/step.ts";
import { planRepeatable } from "../repeatable/plan-repeatable.ts";
import { renderRepeatable } from "../repeatable/render-repeatable.ts";
import { DEFAULT_ROLES, type Roles } from "../repeatable/roles.ts";
import { readParts } from "../repeatable/users-parts.ts";
import type { Declaration, Target } from "../target.ts";
import { draftDeclared } from "./draft-declared.ts";
import { findRecords } from "./find-records.ts";
import { LOCK_TIMEOUT_MILLISECONDS } from "./lock-retries.ts";
import { type Migration, readMigrations } from "./migration.ts";
import type { MigrateOptions } from "./options.ts";
import type { Records } from "./records.ts";
import { refuseEdited } from "./refuse-edited.ts";
import { partOf, render } from "./render.ts";
import { isInvalidIndex, isUsersTableMigrated } from "./standing.ts";
import { areAsDeclared } from "./standing-table.ts";
import { wanted } from "./wanted.ts";

type Wish = Pick<MigrateOptions, "to" | "contract" | "roles">;

/**
 * What a run would do, for somebody to read or to run by hand with psql. What stands is left out,
 * recorded or not, so that a script that was stopped half-way is followed by one that goes on.
 */
export async function pendingSql(sql: Sql, declaration: Declaration, wish: Wish): Promise<string> {
  const { target } = declaration;
  const records = await findRecords(sql, target);
  const pending = await findPending({ sql, declaration, records }, wish);
  const isRecorded = pending.some(
    ({ version, isRepeatable }) => isRepeatable && records.has(version),
  );
  const { roles = DEFAULT_ROLES } = wish;
  const place = { sql, target, roles, pending, isRecorded };
  const texts: string[] = [];
  for (const migration of pending) texts.push(await textOf(place, migration));
  return texts.filter(Boolean).join("\n") || "-- Nothing to run.\n";
}

type Known = { sql: Sql; declaration: Declaration; records: Records };

/** Repeatable SQL is always among them: it says itself whether there is anything to do. */
async function findPending({ sql, declaration, records }: Known, wish: Wish): Promise<Migration[]> {
  const { target } = declaration;
  const migrations = readMigrations();
  refuseEdited(migrations, records);
  const pending: Migration[] = [];
  for (const migration of wanted({ migrations, target }, wish)) {
    const { version, isContract, isRepeatable } = migration;
    const isDone = records.has(version) || (isContract && !wish.contract);
    if (isRepeatable || !(isDone || (await stands(sql, declaration, migration)))) {
      pending.push(migration);
    }
  }
  return pending;
}

async function stands(sql: Sql, declaration: Declaration, migration: Migration): Promise<boolean> {
  const { target } = declaration;
  const { alters } = migration;
  if (alters.length > 0) {
    const { declared } = await begin(sql, (tx) => draftDeclared(tx, declaration));
    return areAsDeclared({ sql, target, declared }, alters);
  }
  if (!migration.table) return isUsersTableMigrated(sql, target, migration);
  const [found] = await sql`
    select to_regclass(${quoted(target.schema, migration.table)}) is not null as exists`;
  return found?.exists;
}

type Place = {
  sql: Sql;
  target: Target;
  roles: Roles;
  pending: readonly Migration[];
  /** Whether the functions, triggers and views are known to be ours. */
  isRecorded: boolean;
};

async function textOf(place: Place, migration: Migration): Promise<string> {
  const { target, pending } = place;
  const { version, isRepeatable, isContract, isTransactional } = migration;
  const title = `-- ${version}\n`;
  if (isRepeatable) {
    const text = textOfSteps(await repeatableSteps(place, { roles: place.roles }));
    return text && `${title}set lock_timeout = '${TIMEOUT}';\n${text}reset lock_timeout;\n`;
  }
  if (isContract) return `${title}${await contractText(place, migration)}`;
  const body = render(bodyOf(migration.sql), target);
  const home = migration === pending.find(({ table }) => table) ? homeOf(target) : "";
  if (isTransactional) return `${home}${title}${inTransaction(body)}`;
  return `${title}${await dropOfInvalidIndex(place, migration)}${body}`;
}

const homeOf = ({ schema }: Target) => `create schema if not exists ${quoted(schema)};\n\n`;

const textOfSteps = (steps: readonly Step[]) => steps.map(({ sql }) => `${sql};\n`).join("\n");

const TIMEOUT = `${LOCK_TIMEOUT_MILLISECONDS}ms`;

const inTransaction = (body: string) =>
  `begin;\nset local lock_timeout = '${TIMEOUT}';\n${body}commit;\n`;

/** A script that was stopped may have left an invalid index that holds the name. */
async function dropOfInvalidIndex({ sql, target }: Place, { index }: Migration): Promise<string> {
  const name = `${target.users.table}_${index}`;
  return index && (await isInvalidIndex(sql, target, name))
    ? `drop index concurrently if exists ${quoted(target.users.schema, name)};\n`
    : "";
}

/** Without its header, which speaks to the runner. */
const bodyOf = (sql: string) => sql.replaceAll(/^-- postern: .*\n/gm, "");

const isEarlier = ({ isRepeatable, isContract }: Migration) => !isRepeatable && !isContract;

type Options = Parameters<typeof planRepeatable>[2];

/**
 * Compared with the database, unless others come first: then all of it, for what they will leave.
 */
function repeatableSteps({ sql, target, pending }: Place, options: Options) {
  return begin(sql, async (tx): Promise<readonly Step[]> => {
    await tx.unsafe(`set local lock_timeout = '${TIMEOUT}'`);
    const before = pending.filter(isEarlier);
    if (before.length === 0) return (await planRepeatable(tx, target, options)).steps;
    const { users } = target;
    const found = (await readParts(tx, target)) ?? new Map();
    const made = before.flatMap(({ columns }) => columns.map(partOf));
    const declared = new Set([...users.declared, ...found.keys(), ...made]);
    return renderRepeatable({ ...target, users: { ...users, declared } }, options).steps;
  });
}

/** What hangs on the columns that go is made anew without them, in the same transaction. */
async function contractText(place: Place, migration: Migration): Promise<string> {
  const { target, pending } = place;
  if (pending.some(isEarlier)) return "-- Run the others first, then ask again.\n";
  if (!place.isRecorded) {
    return "-- Run `postern-schema migrate` first: it records what stands, then ask again.\n";
  }
  const leaving = migration.removes.map(partOf);
  const steps = await repeatableSteps(place, { roles: place.roles, leaving });
  const conditions = migration.requires.map(
    (query) => `-- Must give no row:\n--   ${render(query, target)}\n`,
  );
  const lock = render("lock table :users in access exclusive mode;\n", target);
  const body = `${lock}${textOfSteps(steps)}${render(bodyOf(migration.sql), target)}`;
  return `${conditions.join("")}${inTransaction(body)}`;
}
