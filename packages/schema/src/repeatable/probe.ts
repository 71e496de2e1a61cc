import type { TransactionSql } from "postgres";
import { keyOfObject, readDigests } from "./objects.ts";
import type { Unit } from "./units.ts";

export type Probed = "same" | "changed" | "of another shape";

/** A view whose columns, or a function whose result, CREATE OR REPLACE cannot change. */
const OTHER_SHAPE = new Set(["42P16", "42P13"]);

/**
 * What it would do to run a unit over the objects that are there: it is run inside a savepoint that
 * is undone. A unit that cannot be run yet, or not by this role, counts as changed.
 */
export async function probe(tx: TransactionSql, unit: Unit): Promise<Probed> {
  const undone = new Error("undone");
  let found: Probed = "changed";
  try {
    await tx.savepoint(async (inner) => {
      const before = await readDigests(inner, unit.objects);
      await inner.unsafe(unit.sql);
      const after = await readDigests(inner, unit.objects);
      const keys = unit.objects.map(keyOfObject);
      if (keys.every((key) => before.get(key) === after.get(key))) found = "same";
      throw undone;
    });
  } catch (error) {
    if (OTHER_SHAPE.has((error as { code?: string }).code ?? "")) return "of another shape";
    if (error !== undone && !isRefusal(error)) throw error;
  }
  return found;
}

const isRefusal = (error: unknown) => typeof (error as { code?: unknown }).code === "string";
