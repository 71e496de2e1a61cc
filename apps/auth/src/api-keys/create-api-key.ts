import { randomUUIDv7 } from "node:crypto";
import { digestToken, generateToken } from "@postern/crypto";
import { sql } from "drizzle-orm";
import { requireUnlocked } from "../attempts/require-unlocked.ts";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { announce, noticeStep, noticeValues, sealNotice } from "../notices/notice-step.ts";
import { Problem } from "../problem.ts";
import { CREDENTIAL_SECONDS, requireRecentSignIn } from "../sessions/require-recent-sign-in.ts";
import type { AccessClaims } from "../sessions/verified-tokens.ts";
import { statement } from "../statement.ts";
import { type ApiKeyRow, type ApiKeyView, KEY_COLUMNS, toApiKeyView } from "./api-key.ts";
import { scopesOf } from "./scopes.ts";

export type CreateApiKeyInput = {
  claims: AccessClaims;
  name: string;
  scopes: readonly string[];
  /** Days until it ends. */
  expiresInDays: number;
  rateLimitPerMinute: number | null;
  origin: Origin;
};

export type CreatedApiKey = ApiKeyView & { key: string };

/** The prefix and 8 characters of 43: people tell keys apart by it, and 208 bits are left to guess. */
const SHOWN_CHARS = 12;
const KEYS_MAX = 100;

const p = sql.placeholder;

const findOwner = statement<{ email: string; role: string; keys: number }>(
  (t) => sql`
    select u.email, u.role, 
      (select count(*)::int from ${t.apiKeys} k
        where k.user_id = u.id and k.revoked_at is null and k.expires_at > now()) as keys
    from ${t.users} u where u.id = ${p("userId")} and u.disabled_at is null`,
);

const create = statement<ApiKeyRow>(
  (t) => sql`
    with created as (
      insert into ${t.apiKeys} as k (id, user_id, name, prefix, key_hash, scopes,
        rate_limit_per_minute, expires_at)
      select ${p("id")}::uuid, u.id, ${p("name")}, ${p("prefix")}, ${p("keyHash")},
        ${p("scopes")}::text[], ${p("rateLimitPerMinute")}::int,
        now() + make_interval(days => ${p("expiresInDays")})
      from ${t.users} u where u.id = ${p("userId")} and u.disabled_at is null
      returning k.user_id, ${sql.raw(KEY_COLUMNS)}
    ), event as (
      insert into ${t.securityEvents} (event_type, severity, user_id, session_id, ip_address,
        user_agent, metadata)
      select 'api_key_created', 'medium', created.user_id, ${p("sessionId")}::uuid,
        ${p("ipAddress")}, ${p("userAgent")},
        jsonb_build_object('key_id', created.id, 'prefix', created.prefix, 'scopes', created.scopes)
      from created
    ), notice as (${noticeStep(t, "notice", sql`select user_id from created`)})
    select created.*, ${announce(sql`notice`)} as announced from created`,
);

/**
 * Makes a key for a program that acts for the caller. It is shown in this answer and never again:
 * its SHA-256 is stored.
 *
 * @throws Problem step_up_required where the sign-in is over 5 minutes old, account_locked,
 *   session_ended, invalid_request for a scope that the caller has not, api_key_limit.
 */
export async function createApiKey(deps: Deps, input: CreateApiKeyInput): Promise<CreatedApiKey> {
  const { claims, scopes, origin } = input;
  await requireRecentSignIn(deps, claims, CREDENTIAL_SECONDS);
  await requireUnlocked(deps, { userId: claims.sub, sessionId: claims.sid });
  const owner = await requireOwner(deps, claims.sub);
  requireScopes(scopes, scopesOf(deps.config, owner.role));
  const key = generateToken("pak");
  const prefix = key.slice(0, SHOWN_CHARS);
  const to = { email: owner.email, ownOrigin: origin };
  const notice = sealNotice(deps, to, {
    name: "api_key_created",
    variables: { prefix, at: deps.now().toISOString() },
  });
  const [row] = await create(deps, {
    id: randomUUIDv7(),
    userId: claims.sub,
    sessionId: claims.sid,
    name: input.name,
    prefix,
    keyHash: digestToken(key),
    scopes: [...new Set(scopes)],
    rateLimitPerMinute: input.rateLimitPerMinute,
    expiresInDays: input.expiresInDays,
    ipAddress: origin.ipAddress,
    userAgent: origin.userAgent,
    ...noticeValues("notice", notice),
  });
  if (!row) {
    throw new Problem("session_ended");
  }
  return { ...toApiKeyView(row), key };
}

async function requireOwner(deps: Deps, userId: string) {
  const [owner] = await findOwner(deps, { userId });
  if (!owner) {
    throw new Problem("session_ended");
  }
  if (owner.keys >= KEYS_MAX) {
    throw new Problem("api_key_limit");
  }
  return owner;
}

function requireScopes(asked: readonly string[], own: readonly string[]): void {
  const errors = asked.flatMap((scope, index) =>
    own.includes(scope)
      ? []
      : [{ pointer: `/scopes/${index}`, message: "is no scope that your keys may carry" }],
  );
  if (errors.length > 0) {
    throw new Problem("invalid_request", { errors });
  }
}
