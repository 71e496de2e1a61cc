import type { CodeLane } from "@postern/counters";
import { digestToken } from "@postern/crypto";
import type { MessageChannel } from "@postern/messages";
import { type SQL, sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { statement } from "../statement.ts";
import { accountOf, recipientKey } from "./recipient.ts";

const findDevice = (owns: SQL) =>
  statement<unknown>(
    (t) => sql`
      select from ${t.userDevices} d join ${t.users} u on u.id = d.user_id
      where d.token_hash = ${sql.placeholder("tokenHash")} and d.revoked_at is null and ${owns}`,
  );

const device = {
  email: findDevice(accountOf.email),
  sms: findDevice(accountOf.sms),
};

export type Caller = { channel: MessageChannel; recipient: string; deviceToken: string | null };

/**
 * In which lane an anonymous caller is counted. A device that signed in to the very account of the
 * recipient has the owner's: strangers cannot use that up. A token of another account, or of
 * none, counts as absent, after the same look-up.
 */
export async function findLane(
  deps: Deps,
  { channel, recipient, deviceToken }: Caller,
): Promise<CodeLane> {
  if (deviceToken === null) {
    return "stranger";
  }
  const found = await device[channel](deps, {
    recipient: recipientKey(deps, channel, recipient),
    tokenHash: digestToken(deviceToken),
  });
  return found.length > 0 ? "own" : "stranger";
}
