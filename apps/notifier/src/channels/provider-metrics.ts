import { Gauge, type Registry } from "prom-client";
import type { SmsRoutes } from "./sms-routes.ts";

/** Shows which SMS providers this process leaves alone because they fail. */
export function measureProviders(registry: Registry, sms: SmsRoutes): void {
  new Gauge({
    name: "postern_sms_provider_failing",
    help: "1 where a provider failed five times in a row and others are asked in its place, else 0.",
    labelNames: ["provider"],
    registers: [registry],
    collect() {
      for (const { name, isFailing } of sms.providers()) {
        this.set({ provider: name }, isFailing ? 1 : 0);
      }
    },
  });
}
