import { open } from "@postern/crypto";
import { plainSecondFactor } from "@postern/schema/encryption";
import type { Deps } from "../deps.ts";
import { readSealedValue, UNREADABLE } from "../sealed-values/read-sealed-value.ts";
import { schemaOf } from "../tables.ts";
import type { FactorAccount } from "./find-factors.ts";

const TABLE = "two_factor_auth";
const COLUMN = "encrypted_secret";

/**
 * The TOTP secret of an account in clear, for as long as it takes to check a code. Null where it has
 * none that can be read. One in plain text counts while the app's column is being encrypted.
 */
export async function readTotpSecret(
  deps: Deps,
  { userId, totp, plainSecret }: FactorAccount,
): Promise<string | null> {
  const { keyRing, tables } = deps;
  const ownColumn = { schema: schemaOf(tables), table: TABLE, column: COLUMN };
  const secret = await readSealedValue(deps, {
    from: plainSecondFactor(tables.twoFactorAuth)?.from ?? ownColumn,
    plain: plainSecret,
    sealed: totp?.sealed ?? null,
    userId,
    rowId: totp?.id,
    open: (sealed) =>
      open(keyRing, sealed, { table: TABLE, column: COLUMN, rowId: totp?.id ?? "" }),
  });
  return secret === UNREADABLE ? null : secret;
}
