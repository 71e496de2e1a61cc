import { index, type PgTableFn, uuid } from "drizzle-orm/pg-core";
import { instant } from "../columns.ts";
import { posternBinding } from "../postern-binding.ts";

/**
 * Sessions that ended before their access tokens did, one row a session.
 *
 * No foreign key: erasing an account must not erase the fact that its tokens are void. A row is of
 * no use once the longest access token has expired.
 */
export const defineRevocations = <S extends string | undefined>(table: PgTableFn<S>) =>
  table(
    "revocations",
    {
      sessionId: uuid("session_id").primaryKey(),
      revokedAt: instant("revoked_at").notNull().defaultNow(),
    },
    (t) => [index("revocations_by_time").on(t.revokedAt)],
  );

export const revocations = defineRevocations(posternBinding.table);
