import { restoreCode } from "@postern/counters";
import type { Deps } from "../deps.ts";

/**
 * Does what a right code is for. Where that fails, by a database that is away or a new password that
 * is refused, the code may be presented once more: nothing was used up.
 */
export async function orRestore<Result>(
  deps: Pick<Deps, "counters">,
  challengeId: string,
  act: () => Promise<Result>,
): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    await restoreCode(deps.counters, challengeId);
    throw error;
  }
}
