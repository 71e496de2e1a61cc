import type { FastifyInstance } from "fastify";
import { Problem } from "../problem.ts";

const RETRY_AFTER_SECONDS = 60;

/** What an operator and a supervisor must still be able to ask. */
export const ALWAYS_ANSWERED: ReadonlySet<string> = new Set(["/health", "/ready", "/version"]);

/** MAINTENANCE_MODE: 503 on everything but health. */
export function refuseInMaintenance(app: FastifyInstance): void {
  app.addHook("onRequest", async ({ routeOptions }) => {
    if (!ALWAYS_ANSWERED.has(routeOptions.url ?? "")) {
      throw new Problem("service_unavailable", {
        detail: "The service is being maintained.",
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      });
    }
  });
}
