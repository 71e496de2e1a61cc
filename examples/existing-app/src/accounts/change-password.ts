import type { PasswordHasher } from "@postern/crypto";
import { isPasswordReused, recordSecurityEvent } from "@postern/schema/record";
import { eq } from "drizzle-orm";
import type { Database } from "../database.ts";
import { security } from "../security/binding.ts";
import { users } from "../shop/users.ts";

/**
 * Gives a customer a new password; `reused` where it is the current one or one of the last five.
 *
 * Was: read the history, compare, insert the old hash. The comparison is Postern's now, and a
 * trigger on the shop's users keeps the history, whoever changes the hash.
 */
export async function changePassword(
  tx: Database,
  passwords: PasswordHasher,
  { userId, password }: { userId: number; password: string },
): Promise<"changed" | "reused"> {
  const verify = async (hash: string) => (await passwords.verify(hash, password)).matches;
  if (await isPasswordReused(tx, security, { userId, password, verify })) return "reused";
  await tx
    .update(users)
    .set({ pwHash: await passwords.hash(password) })
    .where(eq(users.id, userId));
  await recordSecurityEvent(tx, security, { eventType: "password_changed", userId });
  return "changed";
}
