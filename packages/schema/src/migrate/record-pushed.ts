import { readDefinitions } from "../declared/definitions.ts";
import { readOurs, recordOurs } from "../push/ours.ts";
import type { Run } from "./run.ts";
import { inShortTransaction } from "./short-transaction.ts";

/** Records what stands as declared as ours, as a push does, so that a push finds nothing to do. */
export function recordPushed(run: Run): Promise<void> {
  const { schema, tables } = run.target;
  return inShortTransaction(run, "the records", async (tx) => {
    const ours = await readOurs(tx, schema);
    const found = await readDefinitions(tx, schema, tables);
    const standing = [...run.declared].filter(([key, { text }]) => found.get(key)?.text === text);
    if (standing.every(([key]) => ours.has(key))) return;
    // What another declaration pushed stays ours.
    const before = [...ours].map(([key, name]) => [key, { ...name, text: "" }] as const);
    await recordOurs(tx, schema, new Map([...before, ...standing]));
  });
}
