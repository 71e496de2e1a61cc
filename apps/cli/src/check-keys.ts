import { checkKeyInventory } from "@postern/process";
import { drizzle } from "drizzle-orm/postgres-js";
import type { Keys } from "./environment.ts";
import { openDatabase } from "./open-database.ts";

/**
 * Refuses keys that are not this database's, before anything is written under them.
 *
 * @throws {BadEnvironmentError} naming each variable
 */
export async function checkKeys(url: string, { service }: Keys): Promise<void> {
  // Drizzle changes the parsers of the client that it gets.
  await using database = openDatabase(url, 1);
  await checkKeyInventory(drizzle({ client: database.sql }), service);
}
