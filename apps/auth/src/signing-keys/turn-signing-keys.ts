import type { Database } from "@postern/process";
import { sql } from "drizzle-orm";
import { getTableConfig } from "drizzle-orm/pg-core";
import type { Tables } from "../tables.ts";

/** JWKS may be cached for 10 minutes, and our own processes look every minute; twice that. */
const SERVED_MINUTES = 20;
/** Beside the life of a token: clocks that differ, and processes that still sign with the old key. */
const MARGIN_SECONDS = 120;

export type Rotation = Readonly<{
  /** How long a key signs. */
  days: number;
  accessTokenSeconds: number;
}>;

/**
 * Lets the next key sign where the current one has signed for long enough. The rules stand in the
 * database's `turn_signing_keys()`, so that services and operators turn by the same ones.
 */
export async function turnSigningKeys(
  db: Database,
  { signingKeys }: Tables,
  { days, accessTokenSeconds }: Rotation,
): Promise<void> {
  const { schema = "public" } = getTableConfig(signingKeys);
  const turn = sql`${sql.identifier(schema)}.turn_signing_keys`;
  await db.execute(sql`
    select ${turn}(make_interval(days => ${days}), make_interval(mins => ${SERVED_MINUTES}),
      make_interval(secs => ${accessTokenSeconds + MARGIN_SECONDS}))`);
}
