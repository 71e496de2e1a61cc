import { type SQL, sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { describeDevice } from "../devices/describe-device.ts";
import { maskAddress } from "../http/mask-address.ts";
import type { Origin } from "../http/origin.ts";
import { announce, noticeStep, noticeValues, sealNotice } from "../notices/notice-step.ts";
import { statement } from "../statement.ts";
import type { Tables } from "../tables.ts";
import { findAccount } from "./find-account.ts";
import type { Proof } from "./proof.ts";

/** From this many failures on, the owner hears of the success that follows them (R-16). */
const FAILURES_WORTH_A_NOTICE = 3;

/** Where the owner hears of a sign-in. `failures`: since the last success; null where not known. */
export type Owner = Readonly<{ email: string | null; failures: number | null }>;

const p = sql.placeholder;

/** To stand after the steps `gate`, `account` and `new_device` of a statement that starts a session. */
export const noticeSteps = (t: Tables): SQL => sql`
  device_mail as (${noticeStep(
    t,
    "device",
    sql`select account.id as user_id from account, new_device where ${p("isSignIn")}::boolean`,
  )}), failures_mail as (${noticeStep(
    t,
    "failures",
    sql`select account.id as user_id from account, gate where ${p("isSignIn")}::boolean
      and gate.failures >= ${sql.raw(String(FAILURES_WORTH_A_NOTICE))}`,
  )})`;

/** A column of its last SELECT. */
export const announceNotices: SQL = sql`${announce(sql`device_mail`, sql`failures_mail`)} as queued`;

/** Seals both notices, since only the statement knows which of them is due. */
export function sealSignInNotices(deps: Deps, origin: Origin, owner: Owner) {
  const seen = {
    device: describeDevice(origin).name,
    address: maskAddress(origin),
    at: deps.now().toISOString(),
  };
  const counted = Math.max(FAILURES_WORTH_A_NOTICE, owner.failures ?? 0);
  const failures = owner.failures === null ? `${FAILURES_WORTH_A_NOTICE}+` : String(counted);
  const to = { email: owner.email, ownOrigin: origin };
  return {
    ...noticeValues("device", sealNotice(deps, to, { name: "new_device", variables: seen })),
    ...noticeValues(
      "failures",
      sealNotice(deps, to, {
        name: "sign_in_after_failures",
        variables: { failures, ...seen },
      }),
    ),
  };
}

const readOwner = statement<Owner>(
  (t) => sql`
    select u.email, u.failed_login_attempts as failures from ${t.users} u
    where u.id = ${p("userId")}`,
);

const NOBODY: Owner = { email: null, failures: null };

/**
 * The owner where the caller has not read it. A code by email went to the owner's address, and a new
 * account has nobody to warn; whoever else comes costs a trip.
 */
export async function findOwner(deps: Deps, proof: Proof, identifier: string): Promise<Owner> {
  if (proof.kind === "created") {
    return NOBODY;
  }
  if (proof.kind !== "code") {
    return (await readOwner(deps, { userId: proof.userId }))[0] ?? NOBODY;
  }
  if (proof.channel === "email") {
    return { email: identifier, failures: null };
  }
  const { account } = await findAccount(deps, { identifier, deviceToken: null });
  return account ?? NOBODY;
}
