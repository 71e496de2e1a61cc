import { CountersAwayError, type SuspiciousSend } from "@postern/counters";
import { canBeMobile, phoneCountry } from "@postern/crypto";
import { deliveryPriorities } from "@postern/schema";
import { type CostlyText, type Hold, holdMoney, settleMoney } from "../budget/hold-money.ts";
import type { Deps } from "../deps.ts";
import { findRequester } from "../pumping/find-requester.ts";
import { judgeText, rangeOf } from "../pumping/judge-text.ts";
import type { Alarm, Delivery, Outcome } from "./delivery.ts";

export type Admission =
  | Readonly<{ isAdmitted: true; hold: Hold | null; alarm?: Alarm }>
  | Readonly<{ isAdmitted: false; outcome: Outcome }>;

export type AskedText = Omit<CostlyText, "deliveryId"> & { readonly to: string };

const COUNTERS_AWAY: Outcome = {
  status: "retry",
  errorCode: "counters_away",
  errorMessage: "Redis is away, so nobody knows what may be spent.",
};

/**
 * Decides whether a text may go out: to an allowed country and a number that may be mobile, within
 * the day's budget, and not as part of pumping. While Redis is away none does; the row
 * waits until its end.
 */
export async function admitText(
  deps: Deps,
  delivery: Delivery,
  asked: AskedText,
): Promise<Admission> {
  const unsupported = findUnsupported(deps, asked);
  if (unsupported) return refuse(deps, asked, { reason: unsupported, isAlarming: true });
  const { counters } = deps;
  if (!counters) return { isAdmitted: false, outcome: COUNTERS_AWAY };
  try {
    return await admitCounted({ ...deps, counters }, delivery, asked);
  } catch (error) {
    if (!(error instanceof CountersAwayError)) throw error;
    return { isAdmitted: false, outcome: COUNTERS_AWAY };
  }
}

/** By the number itself, whatever the row says. */
function findUnsupported({ smsPumping }: Deps, { to }: AskedText): string | null {
  if (!smsPumping.countries.includes(phoneCountry(to) ?? "")) return "country_not_allowed";
  return canBeMobile(to) ? null : "number_type_not_allowed";
}

type Counting = Deps & { readonly counters: NonNullable<Deps["counters"]> };

async function admitCounted(
  deps: Counting,
  delivery: Delivery,
  asked: AskedText,
): Promise<Admission> {
  const hold = await holdMoney(deps, { ...asked, deliveryId: delivery.id });
  if (hold === "used_up") return refuse(deps, asked, { reason: "budget", isAlarming: false });
  const found = await judge(deps, delivery, asked);
  if (!found) return { isAdmitted: true, hold };
  if (!deps.smsPumping.isDenied) {
    deps.metrics.countTextRefusal("pumping", "recorded");
    return { isAdmitted: true, hold, alarm: alarmOf(asked, found) };
  }
  if (hold) await settleMoney(deps, hold, 0);
  return refuse(deps, asked, { reason: "pumping", isAlarming: true, found });
}

/** Only codes are judged: nobody verifies a notice. */
async function judge(deps: Counting, { id, priority }: Delivery, { to, country }: AskedText) {
  if (priority !== deliveryPriorities.code) return null;
  const requester = await findRequester(deps, id);
  return judgeText({ ...deps, pumping: deps.smsPumping }, { to, country, requester });
}

type Refusal = Readonly<{ reason: string; isAlarming: boolean; found?: SuspiciousSend }>;

function refuse(deps: Deps, asked: AskedText, { reason, isAlarming, found }: Refusal): Admission {
  deps.metrics.countTextRefusal(reason, "denied");
  const alarm = alarmOf(asked, found ?? { by: reason });
  return {
    isAdmitted: false,
    outcome: { status: "suppressed", errorCode: reason, ...(isAlarming && { alarm }) },
  };
}

/** The range and never the number. */
function alarmOf(
  { to, country }: AskedText,
  { by, ...found }: SuspiciousSend | { readonly by: string },
): Alarm {
  const isPumping = "count" in found;
  return {
    type: "sms_pumping_detected",
    severity: isPumping ? "critical" : "high",
    metadata: { by, ...found, country, prefix: rangeOf(to) },
  };
}
