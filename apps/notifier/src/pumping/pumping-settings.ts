import { type Static, Type } from "typebox";
import { type PumpingLimits, readPumpingLimits } from "./pumping-limits.ts";

/** The variables that say where texts may go and when they look like pumping. */
export const pumpingVariables = {
  SMS_COUNTRIES: Type.String({
    default: "",
    description: "ISO 3166 codes of the countries to which text messages may go, KE,US",
  }),
  SMS_PUMPING_LIMITS: Type.String({
    default: "",
    description: "name=number, by the names in docs/guides/notifications.md",
  }),
  SMS_PUMPING_ACTION: Type.Enum(["record", "deny"], {
    default: "deny",
    description: "record or deny: what becomes of a text that looks like pumping",
  }),
};

const Variables = Type.Object(pumpingVariables);
type Values = Static<typeof Variables>;

export type PumpingSettings = Readonly<{
  /** ISO 3166-1; none where no text may go anywhere. */
  countries: readonly string[];
  limits: PumpingLimits;
  isDenied: boolean;
}>;

export function readPumpingSettings(values: Values): PumpingSettings {
  const limits = readPumpingLimits(values.SMS_PUMPING_LIMITS);
  if (!limits) throw new TypeError("findPumpingFaults() lets no such value pass.");
  return {
    countries: countriesIn(values.SMS_COUNTRIES),
    limits,
    isDenied: values.SMS_PUMPING_ACTION === "deny",
  };
}

export const findPumpingFaults = ({
  SMS_PUMPING_LIMITS: limits = "",
  SMS_COUNTRIES: countries = "",
}: Partial<Values>): string[] => [
  ...(readPumpingLimits(limits)
    ? []
    : ["SMS_PUMPING_LIMITS is not a list such as prefix_unverified=20,window_minutes=30"]),
  ...(countriesIn(countries).every((country) => /^[A-Z]{2}$/.test(country))
    ? []
    : ["SMS_COUNTRIES is not a list of ISO 3166 codes such as KE,US"]),
];

const countriesIn = (list: string): string[] =>
  list
    .split(",")
    .map((it) => it.trim())
    .filter((it) => it !== "");
