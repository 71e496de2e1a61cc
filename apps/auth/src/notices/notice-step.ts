import { normaliseEmail } from "@postern/crypto";
import {
  chooseLocale,
  DELIVERY_CHANNEL,
  type Message,
  type SealedDelivery,
  sealMessage,
} from "@postern/messages";
import { type SQL, sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import type { Tables } from "../tables.ts";

/** A message but for whom it is to. */
export type Notice = Message extends infer M
  ? M extends Message
    ? Omit<M, "to" | "lifeSeconds" | "locale">
    : never
  : never;

/** A notice tells of what has happened: a day later it would only puzzle. */
export const NOTICE_SECONDS = 86_400;

/**
 * In what language a notice is: that of the request which caused it, where whoever made it had proved
 * to be the owner. Leave the origin out where it was somebody who failed to, or had not to: they
 * would choose a language that the owner cannot read. Then it is English.
 */
export const noticeLocale = (
  ownOrigin: Partial<Pick<Origin, "acceptLanguage">> | undefined,
): string => chooseLocale(ownOrigin?.acceptLanguage);

/**
 * Seals a notice before the statement that may need it, so that fact and notice are one statement
 * (D1) and no trip more. Null where the account has no address that mail could go to.
 */
export function sealNotice(
  deps: Pick<Deps, "keyRing" | "digestKeys">,
  { email, ownOrigin }: { email: string | null; ownOrigin?: Origin },
  notice: Notice,
): SealedDelivery | null {
  const to = email === null ? null : normaliseEmail(email);
  const locale = noticeLocale(ownOrigin);
  return to === null
    ? null
    : sealMessage(deps, { ...notice, to, locale, lifeSeconds: NOTICE_SECONDS } as Message);
}

/** The values of the placeholders of `noticeStep` with the same prefix. */
export const noticeValues = (prefix: string, sealed: SealedDelivery | null) => ({
  [`${prefix}Id`]: sealed?.id ?? null,
  [`${prefix}Template`]: sealed?.template ?? null,
  [`${prefix}Locale`]: sealed?.locale ?? null,
  [`${prefix}Priority`]: sealed?.priority ?? null,
  [`${prefix}Hint`]: sealed?.recipientHint ?? null,
  [`${prefix}Index`]: sealed?.recipientIndex ?? null,
  [`${prefix}Payload`]: sealed?.sealedPayload ?? null,
  [`${prefix}Seconds`]: sealed?.lifeSeconds ?? null,
});

/**
 * The step of a statement that queues the sealed notice. `due` is a FROM clause of one row at most,
 * with the account as `user_id`: where it has none, nothing is queued. Say `announce` of it after.
 */
export function noticeStep(t: Tables, prefix: string, due: SQL): SQL {
  const p = (name: string) => sql.placeholder(`${prefix}${name}`);
  return sql`
    insert into ${t.emailDeliveryLog} (id, user_id, template, locale, priority, to_email_hint,
      to_email_index, sealed_payload, expires_at)
    select ${p("Id")}::uuid, due.user_id, ${p("Template")}, ${p("Locale")}, ${p("Priority")}::int,
      ${p("Hint")}, ${p("Index")}, ${p("Payload")}, now() + make_interval(secs => ${p("Seconds")})
    from (${due}) as due where ${p("Id")}::uuid is not null
    returning id`;
}

/** Wakes the worker for what the named steps queued. A column of the statement's last SELECT. */
export const announce = (...steps: readonly SQL[]): SQL => sql`
  (select count(pg_notify(${sql.raw(`'${DELIVERY_CHANNEL}'`)}, '')) from (${sql.join(
    steps.map((step) => sql`select id from ${step}`),
    sql` union all `,
  )}) as queued)::int`;
