import { readChallenge } from "@postern/counters";
import { maskEmail } from "@postern/crypto";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { isoTime } from "../iso-time.ts";
import { Problem } from "../problem.ts";
import { statement } from "../statement.ts";
import { openChallengePayload } from "./challenge.ts";

export type Delivery = { status: string; channel: "email"; hint: string; updatedAt: string };

const find = statement<{ status: string; updated_at: number }>(
  (t) => sql`
    select d.status, extract(epoch from greatest(d.created_at, d.sent_at, d.delivered_at,
      d.failed_at))::float8 as updated_at
    from ${t.emailDeliveryLog} d where d.challenge_id = ${sql.placeholder("challengeId")}
    order by d.created_at desc limit 1`,
);

/**
 * "Was my code delivered?" Who asked for it with a bearer token gets the true status of the last
 * send. An anonymous challenge answers from itself alone, so that known and unknown addresses look
 * alike: sent, when it was asked for.
 *
 * @throws Problem not_found once the challenge is over, and for another's.
 */
export async function findDelivery(
  deps: Deps,
  { challengeId, sessionId }: { challengeId: string; sessionId: string | null },
): Promise<Delivery> {
  const challenge = await readChallenge(deps.counters, challengeId);
  if (!challenge) {
    throw new Problem("not_found");
  }
  const payload = openChallengePayload(deps, challengeId, challenge.payload);
  const common = { channel: "email", hint: maskEmail(payload.recipient) } as const;
  if (payload.sessionId === null) {
    return { status: "sent", ...common, updatedAt: isoTime(challenge.createdAtMs / 1000) };
  }
  const [row] = payload.sessionId === sessionId ? await find(deps, { challengeId }) : [];
  if (!row) {
    throw new Problem("not_found");
  }
  return { status: row.status, ...common, updatedAt: isoTime(row.updated_at) };
}
