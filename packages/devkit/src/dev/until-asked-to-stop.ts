import { say } from "./screen.ts";

const PARENT_CHECK_MILLISECONDS = 1_000;

/**
 * Resolves at Ctrl-C, SIGTERM, the end of the terminal, or the end of the package manager that
 * started us. A second Ctrl-C does not wait for anything.
 */
export function untilAskedToStop(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = (signal: string) => {
    if (signal === "SIGINT") say("\n  Stopping. Ctrl-C again does not wait.");
    process.once("SIGINT", () => process.exit(130));
    resolve();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, stop);
  process.stdout.on("error", () => stop("EPIPE"));
  if (process.env.npm_lifecycle_event) watchParent(() => stop("orphaned"));
  return promise;
}

/** Whoever loses its parent is handed to another process, so the id of the parent changes. */
function watchParent(onGone: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, PARENT_CHECK_MILLISECONDS);
  timer.unref();
}
