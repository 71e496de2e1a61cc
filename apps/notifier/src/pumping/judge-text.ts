import { type Counters, type SendGroup, type SuspiciousSend, watchSend } from "@postern/counters";
import { type DigestKeys, keyedDigest } from "@postern/crypto";
import type { Requester } from "./find-requester.ts";
import type { PumpingSettings } from "./pumping-settings.ts";

/** Of a number these are what its owner chose; the rest is the range that it lies in. */
const OWN_DIGITS = 4;

type JudgeDeps = Readonly<{
  counters: Counters;
  digestKeys: DigestKeys;
  pumping: PumpingSettings;
}>;

export type JudgedText = Readonly<{ to: string; country: string; requester: Requester }>;

/** The part of a number that may be shown and written down: it leads to nobody. */
export const rangeOf = (e164: string): string => e164.slice(0, -OWN_DIGITS);

/**
 * Counts a text with a code and says where it looks like pumping.
 *
 * @throws CountersAwayError
 */
export function judgeText(
  { counters, digestKeys, pumping }: JudgeDeps,
  { to, country, requester }: JudgedText,
): Promise<SuspiciousSend | null> {
  const { limits, isDenied } = pumping;
  const digest = (kind: string, text: string) => keyedDigest(digestKeys, "throttle", kind, text);
  const range = { name: "prefix", subject: digest("sms-range", rangeOf(to)) };
  const { head_id: id, network } = requester;
  const groups: [SendGroup, ...SendGroup[]] = [
    { ...range, ...bounds(limits.prefix_unverified, limits.prefix_verified_percent) },
    {
      name: "country",
      subject: country,
      ...bounds(limits.country_unverified, limits.country_verified_percent),
      graceMinutes: limits.country_grace_minutes,
    },
  ];
  if (network !== null) {
    const address = { name: "address", subject: digest("sms-address", network) };
    const { address_unverified: most, address_verified_percent: percent } = limits;
    groups.push({ ...address, ...bounds(most, percent) });
  }
  return watchSend(counters, {
    id,
    number: digest("sms-number", to),
    neighbours: [digest("sms-number", beside(to, -1n)), digest("sms-number", beside(to, 1n))],
    sequenceMax: limits.sequential_numbers,
    groups,
    windowMinutes: limits.window_minutes,
    isDenied,
  });
}

const bounds = (unverifiedMax: number, verifiedPercentMin: number) => ({
  unverifiedMax,
  verifiedPercentMin,
  graceMinutes: 0,
});

const beside = (e164: string, step: bigint): string => `+${BigInt(e164.slice(1)) + step}`;
