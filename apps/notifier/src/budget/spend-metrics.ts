import { Counter, Gauge, type Registry } from "prom-client";
import type { Metrics } from "../metrics.ts";

const MICROS = 1_000_000;

/** What texts cost and which were refused. Labels hold names of our own and currencies. */
export function createSpendMetrics(
  registry: Registry,
): Pick<Metrics, "countTextRefusal" | "setSpent"> {
  const registers = [registry];
  const labelNames = ["currency"];
  const spent = new Gauge({
    name: "postern_sms_spent",
    help: "Spent and held today for text messages, as this process last saw it.",
    labelNames,
    registers,
  });
  const budget = new Gauge({
    name: "postern_sms_budget",
    help: "What text messages may cost in a day.",
    labelNames,
    registers,
  });
  const refusals = new Counter({
    name: "postern_sms_refusals_total",
    help: "Texts that were not to go out, by why, and whether they were denied or only recorded.",
    labelNames: ["reason", "end"],
    registers,
  });
  return {
    countTextRefusal: (reason, end) => refusals.inc({ reason, end }),
    setSpent(currency, { spentMicros, ceilingMicros }) {
      spent.set({ currency }, spentMicros / MICROS);
      budget.set({ currency }, ceilingMicros / MICROS);
    },
  };
}
