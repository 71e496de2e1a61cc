import { check, index, text, uniqueIndex, varchar } from "drizzle-orm/pg-core";
import { type Binding, userKey } from "../binding.ts";
import { id, instant, isSealed, sealed, userId } from "../columns.ts";
import { posternBinding } from "../postern-binding.ts";
import type { UsersTable } from "../users-table.ts";

/**
 * An account at an identity provider that signs in to an account here.
 *
 * The identity is (`issuer`, `providerAccountId`) and never the email, which is kept as a mask for
 * people to recognise. Provider tokens are sealed.
 *
 * Linked is derived: `unlinkedAt` is null. A row that its owner unlinked stays, so that the same
 * identity is not linked to this account again by its email alone; it signs in nowhere.
 */
export const defineOauthConnections = <U extends UsersTable, S extends string | undefined>({
  table,
  users,
}: Binding<U, S>) =>
  table(
    "oauth_connections",
    {
      id: id(),
      userId: userId(users).notNull(),
      provider: varchar("provider", { length: 32 }).notNull(),
      issuer: varchar("issuer", { length: 255 }).notNull(),
      providerAccountId: varchar("provider_account_id", { length: 255 }).notNull(),
      emailHint: varchar("email_hint", { length: 260 }),
      encryptedAccessToken: sealed("oauth_connections", "encrypted_access_token"),
      encryptedRefreshToken: sealed("oauth_connections", "encrypted_refresh_token"),
      scopes: text("scopes").array(),
      tokenExpiresAt: instant("token_expires_at"),
      linkedAt: instant("linked_at").notNull().defaultNow(),
      lastUsedAt: instant("last_used_at"),
      unlinkedAt: instant("unlinked_at"),
    },
    (t) => [
      userKey("oauth_connections_user_fk", [t.userId, users], "cascade"),
      uniqueIndex("oauth_connections_identity_key").on(t.issuer, t.providerAccountId),
      index("oauth_connections_by_user").on(t.userId),
      check("oauth_connections_access_token_is_sealed", isSealed(t.encryptedAccessToken)),
      check("oauth_connections_refresh_token_is_sealed", isSealed(t.encryptedRefreshToken)),
    ],
  );

export const oauthConnections = defineOauthConnections(posternBinding);
