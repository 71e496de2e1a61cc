import { allEncryptionRecords } from "../encryption/make-encryption-records.ts";
import type { Target } from "../target.ts";
import { missingNotes } from "./missing-notes.ts";
import { allGrants } from "./plan-grants.ts";
import {
  type RepeatableOptions,
  type RepeatablePlan,
  recordsStepOf,
  stepOf,
} from "./plan-repeatable.ts";
import { creationOf, namesOf } from "./roles.ts";
import { unitsOf } from "./units.ts";
import { declaredParts } from "./users-parts.ts";

/**
 * The steps for a database that has the tables and nothing else of ours, without looking at one:
 * the users table has the columns that are declared.
 */
export function renderRepeatable(target: Target, { roles }: RepeatableOptions): RepeatablePlan {
  const parts = declaredParts(target);
  const units = unitsOf(target, parts);
  const names = roles ? namesOf(roles) : new Map();
  return {
    steps: [
      ...allEncryptionRecords().map(recordsStepOf),
      ...units.map((unit) => stepOf(unit, false)),
      ...[...names.values()].map(creationOf),
      // Which sequence a serial is drawn from only a database can tell: a push grants it.
      ...allGrants(target, { units, hasUsers: true, usersSequence: null, roles: names }),
    ],
    notes: missingNotes(target, parts),
  };
}
