import { randomUUID } from "node:crypto";
import { drizzle } from "drizzle-orm/postgres-js";
import { posternUsers } from "../index.ts";
import type { Sealed } from "../sealed.ts";
import { openDatabase } from "./open-database.ts";

/** Our tables in a database of one test's own, by Drizzle, with one user in it. */
export async function openTables() {
  const { sql, ...database } = await openDatabase("template");
  const db = drizzle({ client: sql });
  const userId = randomUUID();
  await db.insert(posternUsers).values({ id: userId, email: "ada@example.com" });
  return { ...database, db, userId };
}

/** Of the form that seal() makes, and of the type of every column; nothing opens it. */
export const someSealed = `pe1.${"A".repeat(60)}` as Sealed<never, never>;

/** What a caller would have to write to put clear text where only sealed text goes. */
export const clearAsSealed = "+254700000001" as string as Sealed<never, never>;

/** Of the form of a digest, each time another. */
export const someDigest = () => `${randomUUID()}_______`;

export const anHourOn = () => new Date(Date.now() + 3_600_000);
