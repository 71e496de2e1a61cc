import { pgSchema } from "drizzle-orm/pg-core";
import { bind } from "./binding.ts";
import { mark } from "./mark.ts";
import { defineUsers } from "./tables/users.ts";

/** The PostgreSQL schema of the default binding. */
export const postern = pgSchema("postern");

const users = defineUsers(postern.table);

/** Named so that it cannot shadow an app's own `users`. */
export const posternUsers = mark(users, { users, columns: {} });

/** What the tables of the default binding hang from. */
export const posternBinding = bind({ users: posternUsers, home: postern });
