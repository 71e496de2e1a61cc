import type { Target } from "../target.ts";
import { isWritable, type UsersParts } from "./users-parts.ts";

/** A column that takes sealed values only, and the name of the CHECK that says so. */
export type SealedColumn = {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  readonly rule: string;
  /** Its values are under a root key, and not under a key that only a token yields. */
  readonly hasRootKey: boolean;
};

const SEALED: readonly (readonly [table: string, column: string, rule: string])[] = [
  ["email_delivery_log", "sealed_payload", "payload_is_sealed"],
  ["sms_delivery_log", "sealed_payload", "payload_is_sealed"],
  ["two_factor_auth", "encrypted_secret", "secret_is_sealed"],
  ["oauth_connections", "encrypted_access_token", "access_token_is_sealed"],
  ["oauth_connections", "encrypted_refresh_token", "refresh_token_is_sealed"],
  ["refresh_tokens", "sealed_successor", "successor_is_sealed"],
  ["signing_keys", "sealed_private_jwk", "private_is_sealed"],
];

/** Every sealed column of what is declared, that of the users table first. */
export function sealedColumnsOf(target: Target, parts: UsersParts | undefined): SealedColumn[] {
  const { schema, users } = target;
  const ofUsers = {
    schema: users.schema,
    table: users.table,
    column: users.columns.encryptedPhoneNumber,
    rule: `${users.table}_phone_is_sealed`,
    hasRootKey: true,
  };
  const ours = SEALED.filter(([table]) => target.tables.includes(table)).map(
    ([table, column, rule]) => ({
      schema,
      table,
      column,
      rule: `${table}_${rule}`,
      hasRootKey: table !== "refresh_tokens",
    }),
  );
  return parts && isWritable(parts, "encryptedPhoneNumber") ? [ofUsers, ...ours] : ours;
}
