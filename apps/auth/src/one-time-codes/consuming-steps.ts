import { type MessageChannel, recipientIndexOf } from "@postern/messages";
import { type SQL, sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Tables } from "../tables.ts";
import { accountOf, recipientKey } from "./recipient.ts";

const p = sql.placeholder;

/**
 * What a code proves, and so what the account `u` must be like in the moment that it is used up.
 * `present` is the verified contact that it went to; `claimed` an address that nobody has proved,
 * `reset` either; `added` a number for an account that has no other; `changed` what is to become the
 * account's contact.
 */
const PROVES = {
  email: {
    present: sql`${accountOf.email} and u.email_verified_at is not null`,
    claimed: sql`${accountOf.email} and u.email_verified_at is null`,
    reset: accountOf.email,
    changed: sql`u.disabled_at is null`,
  },
  sms: {
    present: accountOf.sms,
    reset: accountOf.sms,
    added: sql`u.disabled_at is null
      and (u.phone_verified_at is null or u.phone_number_index = ${p("recipient")})`,
    changed: sql`u.disabled_at is null`,
  },
} as const satisfies Record<MessageChannel, Readonly<Record<string, SQL>>>;

const LOG = {
  email: (t: Tables) => sql`${t.emailDeliveryLog}`,
  sms: (t: Tables) => sql`${t.smsDeliveryLog}`,
} as const;

const INDEX = { email: sql`d.to_email_index`, sms: sql`d.to_phone_index` } as const;

export type Proves = {
  [C in MessageChannel]: readonly [channel: C, what: keyof (typeof PROVES)[C]];
}[MessageChannel];

/** The first row `d` of the challenge, where its code still opens what it was sent for. */
export const isOpenCode = (channel: MessageChannel): SQL => sql`
  d.challenge_id = ${p("challengeId")} and d.resend_of is null and d.consumed_at is null
  and d.revoked_at is null and d.expires_at > now() and ${INDEX[channel]} = ${p("recipientIndex")}`;

/**
 * Two steps that use a code up: `owner`, the account, locked, with the contact that the code was
 * sent to; and `consumed`, the code's row, gone for good (R-21). Neither has a row where the account
 * has that contact no more, so a proof of a contact dies with it (R-77).
 *
 * The account comes first, as everywhere. Who waits for its lock reads it again afterwards, and the
 * code's row too: what a change ended at that moment opens nothing.
 */
export const consumingSteps = (
  t: Tables,
  proves: Proves,
  isAllowed: (owner: SQL) => SQL = () => sql`true`,
): SQL => {
  const [channel] = proves;
  const log = LOG[channel](t);
  return sql`owner as materialized (
    select u.id, u.password_hash, u.failed_login_attempts as failures from ${t.users} u
    where u.id = (select d.user_id from ${log} d
        where d.challenge_id = ${p("challengeId")} and d.resend_of is null)
      and ${conditionOf(proves)}
    for no key update of u
  ), consumed as (
    update ${log} d set consumed_at = now() from owner
    where d.user_id = owner.id and ${isOpenCode(channel)} and ${isAllowed(sql`owner.id`)}
    returning d.user_id
  )`;
};

/** Finds whose code it is, before anything is used up. */
export const codeOwner = (t: Tables, proves: Proves): SQL => {
  const [channel] = proves;
  return sql`select u.id, u.email from ${LOG[channel](t)} d join ${t.users} u on u.id = d.user_id
    where ${isOpenCode(channel)} and ${conditionOf(proves)}`;
};

const conditionOf = ([channel, what]: Proves): SQL =>
  (PROVES[channel] as Readonly<Record<string, SQL>>)[what] ?? sql`false`;

/** A code that was right, and what its challenge says where it went to. */
export type RightCode = Readonly<{
  challengeId: string;
  channel: MessageChannel;
  /** Normalised. */
  recipient: string;
}>;

/** The values of those steps. */
export const codeValues = (
  deps: Pick<Deps, "digestKeys" | "usersPlace">,
  { challengeId, channel, recipient }: RightCode,
) => ({
  challengeId,
  recipient: recipientKey(deps, channel, recipient),
  recipientIndex: recipientIndexOf(deps.digestKeys, { channel, to: recipient }),
});
