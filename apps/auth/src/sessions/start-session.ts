import { randomUUIDv7 } from "node:crypto";
import { digestToken, generateToken } from "@postern/crypto";
import { type SQL, sql } from "drizzle-orm";
import { toUserView, USER_COLUMNS, type UserRow, type UserView } from "../accounts/account.ts";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { statement } from "../statement.ts";
import type { Tables, UserId } from "../tables.ts";
import { signAccessToken } from "./access-token.ts";
import { describeIdentifier } from "./describe-identifier.ts";

/** How the user has just proved who they are. */
type Proof =
  /** The account was taken over by its email in the step before. */
  | { kind: "claimed"; userId: UserId }
  /** The password was checked against this hash, or the account was opened with it. */
  | { kind: "password" | "created"; userId: UserId; passwordHash: string | null }
  | { kind: "email_code"; challengeId: string };

export type StartSessionInput = {
  proof: Proof;
  /** The normalised email that was signed in with. */
  identifier: string;
  /** The lane whose failures this success clears. */
  lane: string | null;
  /** Matched against the account's devices; any other client gets a device token of its own. */
  deviceToken: string | null;
  origin: Origin;
};

export type Session = {
  id: string;
  user: UserView;
  accessToken: string;
  refreshToken: string;
  expiresInSeconds: number;
  deviceToken: string | null;
};

type Row = UserRow & { auth_time: number; is_new_device: boolean };

const p = sql.placeholder;

/** RFC 8176 names of the proofs; a code by email proves control of the address and no more. */
const AMR = { created: "pwd", password: "pwd", claimed: "otp", email_code: "otp" } as const;

/**
 * The session, its device, its log rows and its events, in one statement. Its first step is an
 * UPDATE of the account under the condition that the proof still holds, so a password that changes
 * or an account that is disabled at this moment leaves nothing behind.
 */
const buildStart = (t: Tables, proof: { steps: SQL; holds: SQL }) => sql`
  with ${proof.steps} account as (
    update ${t.users} u set last_login_at = now(), last_login_ip = ${p("ipAddress")},
      last_activity_at = now(), session_count = u.session_count + 1,
      failed_login_attempts = case when ${p("lane")}::text is null then u.failed_login_attempts else 0 end,
      account_locked_until = case when ${p("lane")}::text is null then u.account_locked_until end
    where u.disabled_at is null and ${proof.holds}
    returning ${sql.raw(USER_COLUMNS)}
  ), known_device as (
    update ${t.userDevices} d set last_seen_at = now(), last_ip = ${p("ipAddress")}
    from account where d.token_hash = ${p("deviceTokenHash")} and d.user_id = account.id
      and d.revoked_at is null
    returning d.id
  ), new_device as (
    insert into ${t.userDevices} (id, user_id, token_hash, last_ip)
    select ${p("newDeviceId")}::uuid, account.id, ${p("newDeviceTokenHash")}, ${p("ipAddress")}
    from account where not exists (select from known_device)
    returning id
  ), device as (
    select id from new_device union all select id from known_device
  ), token as (
    insert into ${t.refreshTokens} (id, family_id, user_id, token_hash, amr, device_id, ip_address,
      user_agent, expires_at, absolute_expires_at)
    select ${p("tokenId")}::uuid, ${p("sessionId")}::uuid, account.id, ${p("tokenHash")}, ${p("amr")},
      (select id from device), ${p("ipAddress")}, ${p("userAgent")},
      now() + make_interval(secs => ${p("idleSeconds")}),
      now() + make_interval(secs => ${p("absoluteSeconds")})
    from account
  ), attempt as (
    insert into ${t.loginAttempts} (identifier_hint, identifier_index, user_id, ip_address,
      user_agent, attempt_result, device_id)
    select ${p("identifierHint")}, ${p("identifierIndex")}, account.id, ${p("ipAddress")}, ${p("userAgent")}, 'success',
      (select id from device)
    from account where ${p("isSignIn")}::boolean
  ), audit as (
    insert into ${t.sessionAudits} (user_id, session_id, action, ip_address, user_agent, metadata)
    select account.id, ${p("sessionId")}::uuid, 'started', ${p("ipAddress")}, ${p("userAgent")},
      jsonb_build_object('amr', ${p("amr")}::text)
    from account
  ), events as (
    insert into ${t.securityEvents} (event_type, severity, user_id, session_id, token_id,
      ip_address, user_agent)
    select event.type, event.severity, account.id, ${p("sessionId")}::uuid, ${p("tokenId")}::uuid,
      ${p("ipAddress")}, ${p("userAgent")}
    from account, (values
      ('token_generated', 'low', true),
      ('login_success', 'low', ${p("isSignIn")}::boolean),
      ('new_device', 'medium', ${p("isSignIn")}::boolean and exists (select from new_device))
    ) as event (type, severity, is_due)
    where event.is_due
  ), cleared as (
    delete from ${t.attemptLanes} where lane_digest = ${p("lane")} and exists (select from account)
  )
  select account.*, floor(extract(epoch from now()))::int as auth_time,
    exists (select from new_device) as is_new_device
  from account`;

const startAfterPassword = statement<Row>((t) =>
  buildStart(t, {
    steps: sql``,
    holds: sql`u.id = ${p("userId")}
      and (not ${p("isPassword")}::boolean or u.password_hash = ${p("passwordHash")})`,
  }),
);

/** The code's delivery row is used up in the same statement: it starts one session, ever. */
const startAfterCode = statement<Row>((t) =>
  buildStart(t, {
    steps: sql`consumed as (
      update ${t.emailDeliveryLog} d set consumed_at = now()
      from ${t.users} owner
      where d.challenge_id = ${p("challengeId")} and d.resend_of is null and d.consumed_at is null
        and owner.id = d.user_id and owner.disabled_at is null
        and owner.email_verified_at is not null
      returning d.user_id
    ),`,
    holds: sql`u.id = (select user_id from consumed)`,
  }),
);

/**
 * Starts a session for somebody who has just proved who they are: a new family of refresh tokens,
 * a signed access token, and a device token where the client is new.
 *
 * Returns null where the proof no longer holds; then nothing was written.
 */
export async function startSession(deps: Deps, input: StartSessionInput): Promise<Session | null> {
  // Without a key there is nothing to answer with: then nothing must be written.
  deps.signingKeys.current();
  const refreshToken = generateToken("prt");
  const newDeviceToken = generateToken("pdv");
  const sessionId = randomUUIDv7();
  const row = await start(deps, input, {
    sessionId,
    tokenHash: digestToken(refreshToken),
    newDeviceTokenHash: digestToken(newDeviceToken),
  });
  if (!row) {
    return null;
  }
  const { accessToken, expiresInSeconds } = await signAccessToken(deps, {
    userId: row.id,
    sessionId,
    authTime: row.auth_time,
    amr: AMR[input.proof.kind],
  });
  return {
    id: sessionId,
    user: toUserView(row),
    accessToken,
    refreshToken,
    expiresInSeconds,
    deviceToken: row.is_new_device ? newDeviceToken : null,
  };
}

type NewSession = { sessionId: string; tokenHash: string; newDeviceTokenHash: string };

async function start(
  deps: Deps,
  { proof, identifier, lane, deviceToken, origin }: StartSessionInput,
  session: NewSession,
): Promise<Row | undefined> {
  const values = {
    ...session,
    tokenId: randomUUIDv7(),
    newDeviceId: randomUUIDv7(),
    deviceTokenHash: deviceToken === null ? null : digestToken(deviceToken),
    ipAddress: origin.ipAddress,
    userAgent: origin.userAgent,
    amr: AMR[proof.kind],
    idleSeconds: deps.config.refresh.idleSeconds,
    absoluteSeconds: deps.config.refresh.absoluteSeconds,
    ...describeIdentifier(deps.digestKeys, identifier),
    isSignIn: proof.kind !== "created",
    lane,
  };
  if (proof.kind === "email_code") {
    return (await startAfterCode(deps, { ...values, challengeId: proof.challengeId }))[0];
  }
  const isPassword = proof.kind !== "claimed";
  const passwordHash = isPassword ? proof.passwordHash : null;
  const [row] = await startAfterPassword(deps, {
    ...values,
    userId: proof.userId,
    isPassword,
    passwordHash,
  });
  return row;
}
