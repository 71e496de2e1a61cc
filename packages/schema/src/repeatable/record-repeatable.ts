import type { TransactionSql } from "postgres";
import type { Target } from "../target.ts";
import { keyOfObject, readDigests } from "./objects.ts";
import { type RepeatableOptions, readUnits } from "./plan-repeatable.ts";
import { writeRecords } from "./records.ts";

/**
 * Writes down what a plan has just made, so that the next one finds it as it should be. Call it
 * after the steps of planRepeatable(), in their transaction.
 */
export async function recordRepeatable(
  tx: TransactionSql,
  target: Target,
  options: RepeatableOptions,
): Promise<void> {
  const { units } = await readUnits(tx, target, options);
  const digests = await readDigests(
    tx,
    units.flatMap((unit) => unit.objects),
  );
  const records = units.flatMap(({ objects, checksum }) =>
    objects.flatMap((object) => {
      const digest = digests.get(keyOfObject(object));
      return digest === undefined ? [] : [{ ...object, checksum, digest }];
    }),
  );
  await writeRecords(tx, target.schema, records);
}
