import { isMessageName, type MessageChannel } from "@postern/messages";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { createSpendMetrics } from "./budget/spend-metrics.ts";

/** What a row became, or that another worker held its lease by then. */
type DeliveryEnd = { channel: MessageChannel; template: string; status: string };

/** `end`: applied, waiting for its row, repeated, or refused for want of proof. */
type ReceiptCount = { provider: string; status: string; end: string };

export type Metrics = {
  countDelivery(end: DeliveryEnd): void;
  /** Seconds from the row's insert to the provider's acceptance. */
  observeSent(sent: Omit<DeliveryEnd, "status">, seconds: number): void;
  setInFlight(channel: MessageChannel, count: number): void;
  countReceipt(receipt: ReceiptCount): void;
  /** Why a text may not go out, and whether it did all the same. */
  countTextRefusal(reason: string, end: "denied" | "recorded"): void;
  /** Of the budget of a currency today, in millionths: what is spent or held, and what there is. */
  setSpent(currency: string, budget: { spentMicros: number; ceilingMicros: number }): void;
};

export type QueueDepth = { priority: number; waiting: number; oldestSeconds: number };

const SECONDS_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300];

/** A row may name any template; a label may not, or it could hold anything. */
const templateLabel = (template: string): string =>
  isMessageName(template) ? template : "unknown";

/** The worker's figures. Labels hold names of our own and never anything about a person. */
export function createMetrics(
  registry: Registry,
  readQueueDepth: () => Promise<readonly QueueDepth[]>,
): Metrics {
  const registers = [registry];
  const deliveries = new Counter({
    name: "postern_deliveries_total",
    help: "Attempts that ended, by what the row became.",
    labelNames: ["template", "channel", "status"],
    registers,
  });
  const seconds = new Histogram({
    name: "postern_delivery_seconds",
    help: "Seconds from the row's insert to the provider's acceptance.",
    labelNames: ["template", "channel"],
    buckets: SECONDS_BUCKETS,
    registers,
  });
  const inFlight = new Gauge({
    name: "postern_deliveries_in_flight",
    help: "Messages being sent now.",
    labelNames: ["channel"],
    registers,
  });
  const receipts = new Counter({
    name: "postern_delivery_receipts_total",
    help: "What providers reported, by what became of it.",
    labelNames: ["provider", "status", "end"],
    registers,
  });
  measureQueue(registers, readQueueDepth);
  return {
    countDelivery: ({ channel, template, status }) =>
      deliveries.inc({ template: templateLabel(template), channel, status }),
    observeSent: ({ channel, template }, value) =>
      seconds.observe({ template: templateLabel(template), channel }, value),
    setInFlight: (channel, count) => inFlight.set({ channel }, count),
    countReceipt: (receipt) => receipts.inc(receipt),
    ...createSpendMetrics(registry),
  };
}

type QueueFigure = { name: string; help: string; of: (depth: QueueDepth) => number };

const QUEUE_FIGURES: readonly QueueFigure[] = [
  {
    name: "postern_delivery_queue_depth",
    help: "Rows that wait to be sent.",
    of: ({ waiting }) => waiting,
  },
  {
    name: "postern_delivery_queue_age_seconds",
    help: "Age of the oldest row that waits.",
    of: ({ oldestSeconds }) => oldestSeconds,
  },
];

/** Read from the table when scraped, so every notifier reports the same queue. */
function measureQueue(registers: Registry[], read: () => Promise<readonly QueueDepth[]>): void {
  for (const { name, help, of } of QUEUE_FIGURES) {
    new Gauge({
      name,
      help,
      labelNames: ["priority"],
      registers,
      async collect() {
        this.reset();
        // A database that is away leaves the figure out; the others are still worth reading.
        for (const depth of await read().catch(() => [])) {
          this.set({ priority: depth.priority }, of(depth));
        }
      },
    });
  }
}
