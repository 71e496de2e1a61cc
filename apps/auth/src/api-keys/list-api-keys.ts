import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { statement } from "../statement.ts";
import { type ApiKeyRow, type ApiKeyView, KEY_COLUMNS, toApiKeyView } from "./api-key.ts";

const list = statement<ApiKeyRow>(
  (t) => sql`
    select ${sql.raw(KEY_COLUMNS)} from ${t.apiKeys} k
    where k.user_id = ${sql.placeholder("userId")} and k.revoked_at is null and k.expires_at > now()
    order by k.created_at desc`,
);

/** The caller's live keys, the newest first. */
export const listApiKeys = async (deps: Deps, userId: string): Promise<ApiKeyView[]> =>
  (await list(deps, { userId })).map(toApiKeyView);
