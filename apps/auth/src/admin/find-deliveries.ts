import { normaliseEmail, normalisePhone } from "@postern/crypto";
import { describeHistory, findHistory, type Recipient } from "@postern/messages";
import type { Deps } from "../deps.ts";
import { Problem } from "../problem.ts";

type Delivery = { template: string; to: string; at: string; story: string };

type Deliveries = {
  messages: Delivery[];
  /** Set where the recipient gets nothing now. */
  suppression: { reason: string; since: string } | null;
};

/**
 * "Where is my message?": the words that `pnpm postern delivery find` has.
 *
 * @throws Problem invalid_request for what is neither an email address nor a phone number.
 */
export async function findDeliveries(deps: Deps, typed: string): Promise<Deliveries> {
  const history = await findHistory(deps, requireRecipient(typed));
  const { suppression } = history;
  return {
    messages: describeHistory(history).map(({ template, hint, at, story }) => ({
      ...{ template, to: hint, at: at.toISOString(), story },
    })),
    suppression: suppression && {
      reason: suppression.reason,
      since: suppression.since.toISOString(),
    },
  };
}

function requireRecipient(typed: string): Recipient {
  const email = normaliseEmail(typed);
  if (email !== null) {
    return { channel: "email", to: email };
  }
  const phone = normalisePhone(typed);
  if (phone !== null) {
    return { channel: "sms", to: phone };
  }
  throw new Problem("invalid_request", {
    errors: [{ pointer: "/to", message: "must be an email address or a phone number" }],
  });
}
