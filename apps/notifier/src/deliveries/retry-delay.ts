import { type Delivery, isCode } from "./delivery.ts";

// A code has 300 s to live, so it is tried often to its end; nothing else is in such a hurry.
const CODE_DELAYS_SECONDS = [1, 2, 5, 10, 30] as const;
const OTHER_DELAYS_SECONDS = [...CODE_DELAYS_SECONDS, 60, 300] as const;

/** Seconds until the next attempt: 1, 2, 5, 10, then 30 for a code, up to 300 for others. */
export function delaySeconds({ priority, attempts }: Pick<Delivery, "priority" | "attempts">) {
  const delays = isCode({ priority }) ? CODE_DELAYS_SECONDS : OTHER_DELAYS_SECONDS;
  return delays[attempts - 1] ?? delays.at(-1) ?? 0;
}
