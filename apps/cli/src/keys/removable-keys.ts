import type { KeyRing } from "@postern/crypto";
import type { KeySurvey } from "./survey-keys.ts";

/** A one-time code lives 10 minutes at most, and so does what Redis keeps sealed beside it. */
const CHALLENGE_MINUTES_MAX = 10;

/** One line for each key but the active one: whether it can go, and what is still to be done. */
export function describeOldKeys({ activeId, ids }: KeyRing, { rowsOf }: KeySurvey): string[] {
  return ids
    .filter((id) => id !== activeId)
    .map((id) => {
      const rows = rowsOf(id);
      return rows > 0
        ? `key ${id} must stay: ${rows} rows are under it; pnpm postern rotate start seals them again`
        : `key ${id} can go from SYSTEM_ENCRYPTION_KEYS_PREVIOUS ${CHALLENGE_MINUTES_MAX} minutes after the last service was started with key ${activeId}: no row is under it, but a one-time code in Redis may be`;
    });
}
