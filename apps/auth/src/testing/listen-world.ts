import { findFreePort } from "@postern/devkit";
import { openWorld, type World, type WorldOptions } from "./world.ts";

export type ListeningWorld = World & { url: string };

/** A world that answers on a port of this machine, which is its PUBLIC_URL. */
export async function listenWorld({ environment, ...options }: WorldOptions = {}) {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const world = await openWorld({ ...options, environment: { PUBLIC_URL: url, ...environment } });
  await world.app.listen({ port, host: "127.0.0.1" });
  return { ...world, url } satisfies ListeningWorld;
}
