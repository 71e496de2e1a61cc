import { announceRevocations, CountersAwayError } from "@postern/counters";
import type { Deps } from "../deps.ts";

/**
 * Tells this process at once, and the others by Redis, that sessions ended. Their rows in
 * `revocations` are written already: without Redis the others learn of them by their next poll.
 */
export async function announceEnd(
  { revocations, counters }: Pick<Deps, "revocations" | "counters">,
  sessionIds: readonly string[],
): Promise<void> {
  revocations.add(sessionIds);
  try {
    await announceRevocations(counters, sessionIds);
  } catch (error) {
    if (!(error instanceof CountersAwayError)) {
      throw error;
    }
  }
}
