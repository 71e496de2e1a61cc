import { setTimeout as sleep } from "node:timers/promises";
import { throttle } from "@postern/counters";
import { digestToken, newSeed } from "@postern/crypto";
import { chooseLocale, DELIVERY_CHANNEL, deriveLinkSecret, sealMessage } from "@postern/messages";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Actor } from "../endings/end-with-cause.ts";
import type { Origin } from "../http/origin.ts";
import { recipientDigest } from "../one-time-codes/challenge.ts";
import { type Store, statement } from "../statement.ts";
import { throttleAddress } from "../throttles/throttle-address.ts";

const p = sql.placeholder;

/** SECURITY 4: a reset link is good for 30 minutes. */
export const LINK_SECONDS = 1_800;
/** No answer comes sooner, so that the row which a known address adds does not show in its time. */
const ANSWER_MILLISECONDS_MIN = 100;
const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;

/**
 * The way back, its mail, the event and the worker's wake-up, in one statement. The way back has the
 * id of its mail, whose row says where it went to. Where nobody has
 * the address, or the account is disabled, the mail's row is written `suppressed` and without a
 * payload: nothing leaves the house (D17).
 */
const request = statement<unknown>(
  (t) => sql`
    with account as (
      select u.id from ${t.users} u where lower(u.email) = ${p("recipient")} and u.disabled_at is null
    ), recovery as (
      insert into ${t.accountRecovery} (id, user_id, method, token_hash, ip_address, user_agent,
        expires_at)
      select ${p("id")}::uuid, account.id, 'email_link', ${p("tokenHash")}, ${p("ipAddress")},
        ${p("userAgent")}, now() + make_interval(secs => ${p("lifeSeconds")})
      from account
    ), queued as (
      insert into ${t.emailDeliveryLog} (id, user_id, template, locale, priority, to_email_hint,
        to_email_index, expires_at, status, error_code, sealed_payload)
      select ${p("id")}::uuid, account.id, ${p("template")}, ${p("locale")}, ${p("priority")}::smallint,
        ${p("recipientHint")}, ${p("recipientIndex")},
        now() + make_interval(secs => ${p("lifeSeconds")}),
        case when account.id is null then 'suppressed' else 'pending' end,
        case when account.id is null then 'unknown_recipient' end,
        case when account.id is not null then ${p("sealedPayload")} end
      from (values (1)) as always left join account on true
      returning id, user_id
    ), event as (
      insert into ${t.securityEvents} (event_type, user_id, ip_address, user_agent, metadata)
      select 'password_reset_requested', queued.user_id, ${p("ipAddress")}, ${p("userAgent")},
        jsonb_build_object('method', 'email_link', 'delivery_id', queued.id,
          'reason', case when queued.user_id is null then 'unknown_account' end)
      from queued
      returning id
    )
    select pg_notify(${sql.raw(`'${DELIVERY_CHANNEL}'`)}, '') from event`,
);

export type ResetRequest = {
  /** Normalised. */
  email: string;
  origin: Origin;
};

/**
 * Mails a link that sets a new password, if somebody has the address. Known, unknown and disabled
 * walk the same path and get the same answer, also once their mails are used up for the hour.
 *
 * The link's secret is derived when the mail is sent; here only its SHA-256 is kept (D3). Asking is
 * open while signing in is locked (R-15).
 *
 * @throws Problem too_many_requests for the address of the client; CountersAwayError while Redis is
 *   away.
 */
export async function requestReset(deps: Deps, input: ResetRequest): Promise<void> {
  await throttleAddress(deps, "recoveries_per_address_per_hour", input.origin);
  await Promise.all([queueLink(deps, input), sleep(ANSWER_MILLISECONDS_MIN)]);
}

async function queueLink(deps: Deps, { email, origin }: ResetRequest): Promise<void> {
  const { network, ipAddress, userAgent } = origin;
  if (!(await hasMailsLeft(deps, email))) {
    deps.refusals.noteEvent("otp_failed", network, { reason: "reset_limit", ipAddress, userAgent });
    return;
  }
  await sendResetLink(deps, { email, origin });
}

type ResetLinkDeps = Store & Pick<Deps, "keyRing" | "digestKeys">;
type LinkOrigin = Actor & Pick<Origin, "acceptLanguage">;

/** Without a limit of its own: for those who were counted, and for operators (R-17). */
export async function sendResetLink(
  deps: ResetLinkDeps,
  { email, origin }: { email: string; origin: LinkOrigin },
): Promise<void> {
  const seed = newSeed();
  const source = { seed, purpose: "reset_password", recipient: email } as const;
  const delivery = sealMessage(deps, {
    name: "reset_password_link",
    to: email,
    seed,
    lifeSeconds: LINK_SECONDS,
    locale: chooseLocale(origin.acceptLanguage),
  });
  await request(deps, {
    ...delivery,
    recipient: email,
    tokenHash: digestToken(deriveLinkSecret(deps.digestKeys, source)),
    ipAddress: origin.ipAddress,
    userAgent: origin.userAgent,
  });
}

/** A stranger can use these up; the links of the mails that were sent are good all the same. */
async function hasMailsLeft(deps: Deps, email: string): Promise<boolean> {
  const { counters, config } = deps;
  const subject = recipientDigest(deps, email);
  const answers = await Promise.all([
    throttle(counters, {
      name: "password-resets-hour",
      subject,
      limit: config.limits.password_resets_per_recipient_per_hour,
      windowSeconds: HOUR_SECONDS,
    }),
    throttle(counters, {
      name: "password-resets-day",
      subject,
      limit: config.limits.password_resets_per_recipient_per_day,
      windowSeconds: DAY_SECONDS,
    }),
  ]);
  return answers.every(({ allowed }) => allowed);
}
