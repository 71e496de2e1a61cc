import { createServer } from "node:net";
import { DevError } from "./dev-error.ts";
import type { Place } from "./settings.ts";

/** Throws for the first place that somebody else has, before anything is started. */
export async function checkPorts(places: readonly Place[]): Promise<void> {
  for (const place of places) {
    if (await isTaken(place)) {
      throw new DevError(
        `Port ${place.port} of ${place.name} is in use. Is pnpm dev running already? ` +
          `Else set ${place.variable} to another port.`,
      );
    }
  }
}

async function isTaken({ host, port }: Place): Promise<boolean> {
  const probe = createServer();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  probe.once("error", ({ code }: NodeJS.ErrnoException) => resolve(code === "EADDRINUSE"));
  probe.listen(port, host, () => probe.close(() => resolve(false)));
  return promise;
}
