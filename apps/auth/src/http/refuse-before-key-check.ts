import type { KeyInventoryWatch } from "@postern/process";
import type { FastifyInstance } from "fastify";
import { Problem } from "../problem.ts";
import { ALWAYS_ANSWERED } from "./refuse-in-maintenance.ts";

/** 503 until the keys were found to be those of the database, which may be away at the start. */
export function refuseBeforeKeyCheck(app: FastifyInstance, keys: KeyInventoryWatch): void {
  app.addHook("onRequest", async ({ routeOptions }) => {
    if (!keys.isChecked() && !ALWAYS_ANSWERED.has(routeOptions.url ?? "")) {
      throw new Problem("service_unavailable", { retryAfterSeconds: 1 });
    }
  });
}
