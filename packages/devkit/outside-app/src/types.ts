import { type KeyRing, seal } from "@postern/crypto";
import type { loginAttempts as defaultAttempts } from "@postern/schema/login-attempts";
import { recordLoginAttempt } from "@postern/schema/record";
import { count, desc, eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { users } from "./app.ts";
import { type apiKeys, loginAttempts, twoFactorAuth, type usersAdmin } from "./security.ts";
import type * as star from "./star.ts";

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <_Claim extends true>() => undefined;

holds<Equal<(typeof loginAttempts.$inferSelect)["userId"], number | null>>();
holds<Equal<(typeof apiKeys.$inferSelect)["userId"], number>>();
holds<Equal<(typeof usersAdmin.$inferSelect)["id"], number>>();
holds<Equal<(typeof defaultAttempts.$inferSelect)["userId"], string | null>>();
holds<Equal<(typeof users.$inferSelect)["failedLoginAttempts"], number>>();
// Beside `export *` the app keeps its own users.
holds<Equal<typeof star.users.$inferSelect, { id: number; nickname: string }>>();

const db = drizzle({ client: postgres("postgres://nobody@127.0.0.1:1/none") });

export async function use(ring: KeyRing, identifierIndex: string) {
  const rows = await db
    .select({ email: users.email, ip: loginAttempts.ipAddress, attempts: count() })
    .from(loginAttempts)
    .innerJoin(users, eq(users.id, loginAttempts.userId))
    .groupBy(users.email, loginAttempts.ipAddress)
    .orderBy(desc(count()));
  holds<Equal<typeof rows, { email: string; ip: string | null; attempts: number }[]>>();

  const rowId = crypto.randomUUID();
  const place = { table: "two_factor_auth", column: "encrypted_secret", rowId } as const;
  const factor = { id: rowId, userId: 1, method: "totp" as const };
  // What crypto seals goes in: there is one Sealed, whichever declarations are read.
  const encryptedSecret = seal(ring, "JBSWY3DP", place);
  await db.insert(twoFactorAuth).values({ ...factor, encryptedSecret });
  // @ts-expect-error clear text is not sealed
  await db.insert(twoFactorAuth).values({ ...factor, encryptedSecret: "JBSWY3DP" });
  // @ts-expect-error this app's users have integer ids
  await db.insert(twoFactorAuth).values({ ...factor, encryptedSecret, userId: "1" });

  const attempt = { identifierHint: "a***@example.com", identifierIndex, userId: 1 };
  await recordLoginAttempt(db, { loginAttempts }, { ...attempt, attemptResult: "success" });
}
