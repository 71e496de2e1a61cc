import type { DigestKeys, KeyRing } from "@postern/crypto";
import type { Database, KeyInventoryWatch } from "@postern/process";
import type { Logger } from "pino";
import type { Channel } from "./channels/channel.ts";
import type { SmsRoutes } from "./channels/sms-routes.ts";
import type { Metrics } from "./metrics.ts";
import type { Tables } from "./tables.ts";
import type { Renderer } from "./templates/render.ts";

/** What the outside world gives to the worker. Made once in main.ts and once per test. */
export type Deps = {
  readonly db: Database;
  readonly tables: Tables;
  readonly keyRing: KeyRing;
  readonly digestKeys: DigestKeys;
  readonly keyInventory: KeyInventoryWatch;
  readonly email: Channel;
  readonly sms: SmsRoutes;
  /** Writes messages out in the sender's name. */
  readonly render: Renderer;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly now: () => Date;
};
