import { openCounters } from "@postern/counters";
import type { Config } from "../config.ts";
import type { Deps } from "../deps.ts";
import { openSmsRoutes } from "./open-sms-routes.ts";
import { createSmtpChannel } from "./smtp.ts";

type Ways = AsyncDisposable &
  Pick<Deps, "email" | "sms" | "smsBudget" | "smsPumping" | "counters" | "now">;

export type WaysOptions = Pick<Deps, "log" | "now"> & { readonly connectionsMax: number };

/** Opens the ways out of both channels, and what decides whether a text may take one. */
export function openWays(config: Config, { log, now, connectionsMax }: WaysOptions): Ways {
  const { redisUrl, smsBudget, smsPumping, sender } = config;
  const email = createSmtpChannel({ ...config.smtp, connectionsMax });
  const sms = openSmsRoutes({ settings: config.sms, appName: sender.appName, now });
  const counters = redisUrl === null ? null : openCounters({ url: redisUrl, log });
  return {
    email,
    sms,
    smsBudget,
    smsPumping,
    counters,
    now,
    async [Symbol.asyncDispose]() {
      email.close();
      sms.close();
      await counters?.[Symbol.asyncDispose]();
    },
  };
}
