import { setTimeout as sleep } from "node:timers/promises";
import type { Deps } from "../deps.ts";
import type { AlertMetrics } from "./alert-metrics.ts";
import type { AlertSettings } from "./alert-settings.ts";
import { openAlerts } from "./open-alerts.ts";
import { postAlerts } from "./post-alerts.ts";

const POLL_MILLISECONDS = 2_000;

export type Alerts = { stop(): Promise<void> };

/** Looks for critical events until it is stopped. Does nothing where nobody wants to be told. */
export function startAlerts(deps: Deps, settings: AlertSettings, metrics: AlertMetrics): Alerts {
  if (settings.emails.length === 0 && settings.webhook === null) return { stop: async () => {} };
  const stopping = new AbortController();
  const ended = keepTelling({ deps, settings, metrics, signal: stopping.signal });
  return {
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

type Telling = Readonly<{
  deps: Deps;
  settings: AlertSettings;
  metrics: AlertMetrics;
  signal: AbortSignal;
}>;

async function keepTelling({ deps, settings, metrics, signal }: Telling): Promise<void> {
  const { webhook } = settings;
  while (!signal.aborted) {
    try {
      // Mails are sealed: not under a key that others do not know.
      if (deps.keyInventory.isChecked()) {
        const opened = await openAlerts(deps, settings);
        for (const { eventType } of opened) metrics.countAlert(eventType);
      }
      if (webhook) await postAlerts(deps, { webhook, metrics, signal });
    } catch (error) {
      deps.log.warn({ err: error }, "could not look for alerts");
    }
    await sleep(POLL_MILLISECONDS, undefined, { signal }).catch(() => undefined);
  }
}
