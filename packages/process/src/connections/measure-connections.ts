import { Gauge, type Registry } from "prom-client";
import type { BoundedListener } from "./bound-listener.ts";

const measured = new WeakMap<Registry, Map<string, BoundedListener>>();

const FIGURES = [
  {
    name: "http_connections",
    help: "Connections that are open, by listener.",
    read: (listener: BoundedListener) => listener.open(),
  },
  {
    name: "http_connections_dropped",
    help: "Connections since the start that were closed at once, since there were too many.",
    read: (listener: BoundedListener) => listener.dropped(),
  },
] as const;

/** Shows a listener's connections under its name, beside those of the process's other listeners. */
export function measureConnections(
  registry: Registry,
  name: string,
  listener: BoundedListener,
): void {
  const known = measured.get(registry);
  if (known) {
    known.set(name, listener);
    return;
  }
  const listeners = new Map([[name, listener]]);
  measured.set(registry, listeners);
  for (const { name: metric, help, read } of FIGURES) {
    new Gauge({
      ...{ name: metric, help, labelNames: ["listener"], registers: [registry] },
      collect() {
        for (const [label, it] of listeners) {
          this.set({ listener: label }, read(it));
        }
      },
    });
  }
}
