import { createServer } from "node:net";

const PORT_TRIES_MAX = 5;

/** A server could not listen because somebody else has its port. */
export class PortTakenError extends Error {
  override readonly name = "PortTakenError";
}

/** A port of 127.0.0.1 that nobody listens on now. Another process may still take it first. */
export async function findFreePort(): Promise<number> {
  const probe = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  probe.once("error", reject).listen(0, "127.0.0.1", resolve);
  await promise;
  const address = probe.address();
  await new Promise((closed) => probe.close(closed));
  if (address === null || typeof address === "string") throw new Error("No free port was found.");
  return address.port;
}

/** Starts something on the port asked for, or on a free one, choosing again when it was taken meanwhile. */
export async function onFreePort<T>(
  wanted: number | undefined,
  start: (port: number) => Promise<T>,
): Promise<T> {
  if (wanted !== undefined) return start(wanted);
  for (let tries = 1; ; tries += 1) {
    try {
      return await start(await findFreePort());
    } catch (error) {
      if (!(error instanceof PortTakenError) || tries === PORT_TRIES_MAX) throw error;
    }
  }
}
