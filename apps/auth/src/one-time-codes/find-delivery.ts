import { readChallenge } from "@postern/counters";
import { maskEmail, maskPhone } from "@postern/crypto";
import type { MessageChannel } from "@postern/messages";
import { type SQL, sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { isoTime } from "../iso-time.ts";
import { Problem } from "../problem.ts";
import { UNREADABLE } from "../sealed-values/read-sealed-value.ts";
import { statement } from "../statement.ts";
import type { Tables } from "../tables.ts";
import { type ChallengePayload, readChallengePayload } from "./challenge.ts";

export type Delivery = {
  status: string;
  channel: MessageChannel;
  hint: string;
  updatedAt: string;
};

const find = (log: (t: Tables) => SQL) =>
  statement<{ status: string; updated_at: number }>(
    (t) => sql`
    select d.status, extract(epoch from greatest(d.created_at, d.sent_at, d.delivered_at,
      d.failed_at))::float8 as updated_at
    from ${log(t)} d where d.challenge_id = ${sql.placeholder("challengeId")}
    order by d.created_at desc limit 1`,
  );

const findIn = {
  email: find((t) => sql`${t.emailDeliveryLog}`),
  sms: find((t) => sql`${t.smsDeliveryLog}`),
};

/**
 * "Was my code delivered?" Who asked for it with a bearer or pending token gets the true status of
 * the last send. An anonymous challenge answers from itself alone, so that known and unknown
 * addresses look alike: sent, when it was asked for. So does a change of email: whether somebody
 * else has the new address is nobody's business.
 *
 * @throws Problem not_found once the challenge is over, and for another's.
 */
export async function findDelivery(
  deps: Deps,
  { challengeId, binding }: { challengeId: string; binding: { sessionId: string } | null },
): Promise<Delivery> {
  const challenge = await readChallenge(deps.counters, challengeId);
  if (!challenge) {
    throw new Problem("not_found");
  }
  const payload = await readChallengePayload(deps, challengeId, challenge.payload);
  if (payload === UNREADABLE) {
    throw new Problem("not_found");
  }
  const { sessionId, channel, recipient } = payload;
  if (sessionId !== null && sessionId !== binding?.sessionId) {
    throw new Problem("not_found");
  }
  const hint = channel === "email" ? maskEmail(recipient) : maskPhone(recipient);
  if (!isOwners(payload)) {
    return { status: "sent", channel, hint, updatedAt: isoTime(challenge.createdAtMs / 1000) };
  }
  const [row] = await findIn[channel](deps, { challengeId });
  if (!row) {
    throw new Problem("not_found");
  }
  return { status: row.status, channel, hint, updatedAt: isoTime(row.updated_at) };
}

const isOwners = ({ sessionId, purpose }: ChallengePayload): boolean =>
  sessionId !== null && purpose !== "change_email";
