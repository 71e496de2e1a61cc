import { isoTime } from "../iso-time.ts";

/** A key as its owner sees it: never the key, and never its hash. */
export type ApiKeyView = {
  id: string;
  name: string;
  prefix: string;
  scopes: string[];
  rateLimitPerMinute: number | null;
  createdAt: string;
  expiresAt: string;
  lastUsedAt: string | null;
};

export type ApiKeyRow = {
  id: string;
  name: string;
  prefix: string;
  scopes: string[];
  rate_limit_per_minute: number | null;
  created_at: number;
  expires_at: number;
  last_used_at: number | null;
};

/** The select list that makes an ApiKeyRow, for statements in which the table is `k`. */
export const KEY_COLUMNS = `k.id, k.name, k.prefix, k.scopes, k.rate_limit_per_minute,
  extract(epoch from k.created_at)::float8 as created_at,
  extract(epoch from k.expires_at)::float8 as expires_at,
  extract(epoch from k.last_used_at)::float8 as last_used_at`;

export const toApiKeyView = (row: ApiKeyRow): ApiKeyView => ({
  id: row.id,
  name: row.name,
  prefix: row.prefix,
  scopes: row.scopes,
  rateLimitPerMinute: row.rate_limit_per_minute,
  createdAt: isoTime(row.created_at),
  expiresAt: isoTime(row.expires_at),
  lastUsedAt: row.last_used_at === null ? null : isoTime(row.last_used_at),
});
