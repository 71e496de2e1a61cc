import { PushError } from "../push/push-error.ts";
import { back, findWayBack } from "./back.ts";
import { refuseUnmet } from "./conditions.ts";
import { explainStep } from "./explain-step.ts";
import type { Records } from "./records.ts";
import { type Run, whileTelling } from "./run.ts";

/** Undoes what ran after a number, the newest first. Looks at every condition before the first. */
export async function goBack(run: Run, records: Records, number: string): Promise<void> {
  const past = findWayBack(run.migrations, records, checkBackNumber(number));
  for (const { migration } of past) {
    await refuseUnmet(run.sql, run, { ...migration, requires: migration.backRequires });
  }
  for (const undone of past) {
    const { version } = undone.migration;
    try {
      const step = await whileTelling(run, version, () => back(run, undone));
      run.tell({ kind: "done", step });
    } catch (error) {
      throw await explainStep(error, run, version);
    }
  }
}

/** Any number will do: nothing has to have that number to be what everything before it led to. */
function checkBackNumber(number: string): string {
  if (/^\d{3}$/.test(number)) return number;
  throw new PushError(`--back-to takes a number of three digits, such as 024; see --status.`);
}
