import { sql } from "drizzle-orm";
import { check, jsonb, type PgTableFn, uniqueIndex, varchar } from "drizzle-orm/pg-core";
import { createdAt, digest, id, instant, isDigest, isSealed, oneOf, sealed } from "../columns.ts";
import { posternBinding } from "../postern-binding.ts";

export const signingKeyStates = ["next", "current", "previous", "retired"] as const;

/**
 * The key pairs that sign access tokens. JWKS serves next, current and previous.
 *
 * There is never more than one of each but retired ones. The private half is sealed; `kid` is the
 * RFC 7638 thumbprint of the public half.
 */
export const defineSigningKeys = <S extends string | undefined>(table: PgTableFn<S>) =>
  table(
    "signing_keys",
    {
      id: id(),
      kid: digest("kid").notNull(),
      state: varchar("state", { length: 16, enum: signingKeyStates }).notNull(),
      publicJwk: jsonb("public_jwk").$type<Record<string, unknown>>().notNull(),
      sealedPrivateJwk: sealed("signing_keys", "sealed_private_jwk"),
      createdAt: createdAt(),
      activatedAt: instant("activated_at"),
      retiredAt: instant("retired_at"),
    },
    (t) => [
      uniqueIndex("signing_keys_kid_key").on(t.kid),
      uniqueIndex("signing_keys_one_per_state_key").on(t.state).where(sql`${t.state} <> 'retired'`),
      check("signing_keys_state_is_known", oneOf(t.state, signingKeyStates)),
      check("signing_keys_kid_is_a_thumbprint", isDigest(t.kid)),
      check("signing_keys_private_is_sealed", isSealed(t.sealedPrivateJwk)),
      check(
        "signing_keys_retired_keeps_no_private",
        sql`(${t.state} = 'retired') = (${t.sealedPrivateJwk} is null)`,
      ),
      check("signing_keys_public_has_no_private", sql`not (${t.publicJwk} ? 'd')`),
    ],
  );

export const signingKeys = defineSigningKeys(posternBinding.table);
