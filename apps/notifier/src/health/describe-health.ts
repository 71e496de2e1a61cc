import type { HealthCheck, HealthDetails } from "@postern/process";
import { readQueueDepth } from "../deliveries/queue-depth.ts";
import type { Deps } from "../deps.ts";
import { findMissing, type Missing } from "./find-missing.ts";

/** For operators: what is missing, and how many rows wait how long, by priority. */
export async function describeHealth(deps: Pick<Deps, "db" | "tables">): Promise<HealthDetails> {
  const missing = await findMissing(deps);
  const isReady = Object.keys(missing).length === 0;
  return {
    status: isReady ? "ok" : "unready",
    checks: {
      database: missing.database ? { status: "down" } : { status: "up" },
      ...(!missing.database && { schema: schemaCheck(missing), queue: await queueCheck(deps) }),
    },
  };
}

function schemaCheck({ schema = [], privileges = [] }: Missing): HealthCheck {
  const isWhole = schema.length + privileges.length === 0;
  return { status: isWhole ? "up" : "down", missing: [...schema, ...privileges] };
}

async function queueCheck(deps: Pick<Deps, "db" | "tables">): Promise<HealthCheck> {
  try {
    const depths = await readQueueDepth(deps);
    const figures = depths.flatMap(({ priority, waiting, oldestSeconds }) => [
      [`priority_${priority}_waiting`, waiting],
      [`priority_${priority}_oldest_seconds`, Math.round(oldestSeconds)],
    ]);
    return { status: "up", ...Object.fromEntries(figures) };
  } catch {
    return { status: "down" };
  }
}
