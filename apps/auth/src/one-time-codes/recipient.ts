import type { MessageChannel } from "@postern/messages";
import { type SQL, sql } from "drizzle-orm";
import { phoneIndex } from "../contacts/phone-at-rest.ts";
import type { Deps } from "../deps.ts";

const p = sql.placeholder;

/**
 * Whose a recipient is, as a condition on the users table `u`. A number belongs to who verified it;
 * an address to its account, which whoever proves it may claim.
 */
export const accountOf: Readonly<Record<MessageChannel, SQL>> = {
  email: sql`lower(u.email) = ${p("recipient")} and u.disabled_at is null`,
  sms: sql`u.phone_number_index = ${p("recipient")} and u.phone_verified_at is not null
    and u.disabled_at is null`,
};

/** What `accountOf` compares: the address itself, or the number's blind index. */
export const recipientKey = (
  deps: Pick<Deps, "digestKeys" | "usersPlace">,
  channel: MessageChannel,
  recipient: string,
): string => (channel === "email" ? recipient : phoneIndex(deps, recipient));
