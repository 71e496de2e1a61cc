import { canBeMobile, phoneCountry } from "@postern/crypto";
import type { Deps } from "../deps.ts";
import { Problem } from "../problem.ts";

/** Whether a text message may go to a number (E.164): its country is allowed, and it may be mobile. */
const isPhoneSupported = ({ config }: Pick<Deps, "config">, phone: string): boolean =>
  config.smsCountries.includes(phoneCountry(phone) ?? "") && canBeMobile(phone);

/**
 * The answer depends on the number alone, whoever has it.
 *
 * @throws Problem phone_not_supported.
 */
export function requirePhoneSupported(deps: Pick<Deps, "config">, phone: string): void {
  if (!isPhoneSupported(deps, phone)) {
    throw new Problem("phone_not_supported");
  }
}
