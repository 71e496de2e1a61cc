import type { Context } from "../command.ts";
import type { Invalids } from "./backfill.ts";
import type { Fault } from "./read-value.ts";

const SHOWN_MAX = 20;

const REASONS: Readonly<Record<Fault, string>> = {
  empty: "is empty",
  too_long: "is longer than 65,536 bytes",
  no_phone_number: "is no phone number (numbers without a calling code need --default-country)",
  no_email_address: "is no email address",
  opener_refused: "was refused by the opener",
  index_taken: "is the value of another row already, and no two may have one",
};

/** Which rows must be mended, and why; never what they hold. */
export function tellInvalid({ note }: Context, invalid: Invalids): void {
  for (const [id, fault] of [...invalid].slice(0, SHOWN_MAX)) note(`row ${id} ${REASONS[fault]}`);
  const more = invalid.size - SHOWN_MAX;
  if (more > 0) note(`and ${more} rows more`);
}
