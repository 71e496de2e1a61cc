import type { Counters } from "@postern/counters";
import type { DigestKeys, KeyRing } from "@postern/crypto";
import type { Database, KeyInventoryWatch } from "@postern/process";
import type { Logger } from "pino";
import type { BudgetSettings } from "./budget/budget-settings.ts";
import type { MailChannel } from "./channels/channel.ts";
import type { SmsRoutes } from "./channels/sms-routes.ts";
import type { Metrics } from "./metrics.ts";
import type { PumpingSettings } from "./pumping/pumping-settings.ts";
import type { Tables } from "./tables.ts";
import type { Renderer } from "./templates/render.ts";

/** What the outside world gives to the worker. Made once in main.ts and once per test. */
export type Deps = {
  readonly db: Database;
  readonly tables: Tables;
  readonly keyRing: KeyRing;
  readonly digestKeys: DigestKeys;
  readonly keyInventory: KeyInventoryWatch;
  readonly email: MailChannel;
  readonly sms: SmsRoutes;
  /** What texts may cost; null where none may cost anything. */
  readonly smsBudget: BudgetSettings | null;
  readonly smsPumping: PumpingSettings;
  /** Null where no text is sent: nothing else needs Redis. */
  readonly counters: Counters | null;
  /** Writes messages out in the sender's name. */
  readonly render: Renderer;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly now: () => Date;
};
