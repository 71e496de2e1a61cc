import { collectDefaultMetrics, Registry } from "prom-client";

/** One registry a process, with Node's own figures: memory, CPU, and the event loop's delay (p50 to p99). */
export function createRegistry(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  return registry;
}
