import type { Logger } from "pino";

/** By kind: names of tables or privileges, or `true` where the kind says it all. */
type Missing = Readonly<Record<string, readonly string[] | true | undefined>>;

/** Writes a line when what a service lacks has changed, and none while it stays the same. */
export function createMissingReport(log: Pick<Logger, "error" | "info">) {
  let last = "";
  return (missing: Missing): void => {
    const now = Object.entries(missing).map(describe).join("; ");
    if (now === last) return;
    last = now;
    if (now) log.error(`not ready, missing: ${now}`);
    else log.info("ready, nothing is missing any more");
  };
}

const describe = ([kind, names]: [string, Missing[string]]): string =>
  Array.isArray(names) ? `${kind} (${names.join(", ")})` : kind;
