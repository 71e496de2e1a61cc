import { open } from "@postern/crypto";
import { plainSecondFactor, readSealed, SealedReadingError } from "@postern/schema/encryption";
import type { Deps } from "../deps.ts";
import type { FactorAccount } from "./find-factors.ts";

const TABLE = "two_factor_auth";
const COLUMN = "encrypted_secret";

/**
 * The TOTP secret of an account in clear, for as long as it takes to check a code. Null where it has
 * none, and where what stands there is not as we seal it: moved from another row, cut, planted as
 * plain text. That is logged and a `decrypt_failed` event, and never a way in.
 */
export async function readTotpSecret(
  deps: Deps,
  { userId, totp, plainSecret }: FactorAccount,
): Promise<string | null> {
  const { keyRing, tables, db, log, config } = deps;
  const ownColumn = { schema: config.databaseSchema, table: TABLE, column: COLUMN };
  try {
    return await readSealed(db, tables, {
      from: plainSecondFactor(tables.twoFactorAuth)?.from ?? ownColumn,
      plain: plainSecret,
      sealed: totp?.sealed ?? null,
      userId,
      open: (sealed) =>
        open(keyRing, sealed, { table: TABLE, column: COLUMN, rowId: totp?.id ?? "" }),
    });
  } catch (error) {
    if (!(error instanceof SealedReadingError)) {
      throw error;
    }
    log.error({ userId: String(userId) }, "the secret of a second factor cannot be read");
    return null;
  }
}
