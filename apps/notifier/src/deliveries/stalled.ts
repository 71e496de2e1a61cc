import type { Outcome } from "./delivery.ts";

/** The row may be another worker's by now. What is recorded under the old lease is fenced off. */
export const STALLED: Outcome = {
  status: "retry",
  errorCode: "worker_stalled",
  errorMessage: "The worker stalled for longer than its lease.",
};
