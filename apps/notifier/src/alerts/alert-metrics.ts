import { Counter, type Registry } from "prom-client";
import { typeLabel } from "./alert.ts";

/** How a post to the webhook ended; `given_up` after a day of refusals. */
export type PostEnd = "accepted" | "refused" | "given_up";

export type AlertMetrics = {
  countAlert(eventType: string): void;
  countPost(end: PostEnd): void;
};

export function createAlertMetrics(registry: Registry): AlertMetrics {
  const registers = [registry];
  const alerts = new Counter({
    name: "postern_alerts_total",
    help: "Times that operators were told of critical events, by their type.",
    labelNames: ["event_type"],
    registers,
  });
  const posts = new Counter({
    name: "postern_alert_posts_total",
    help: "Attempts to post an alert to ALERT_WEBHOOK_URL, by how they ended.",
    labelNames: ["end"],
    registers,
  });
  return {
    countAlert: (eventType) => alerts.inc({ event_type: typeLabel(eventType) }),
    countPost: (end) => posts.inc({ end }),
  };
}
