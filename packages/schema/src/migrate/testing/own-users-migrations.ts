import { readMigrations } from "../migration.ts";

/** How many migrations an app with its own users runs without --contract. */
export const ownUsersMigrations = readMigrations().filter(
  ({ isContract, table }) => !isContract && table !== "users",
).length;

/** The number of the newest one. */
export const newestNumber = readMigrations().at(-1)?.number;
