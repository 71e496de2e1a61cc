import { pgTable } from "drizzle-orm/pg-core";
import { homeOf } from "./binding.ts";
import { createSecuritySchema } from "./create.ts";
import { defineUsers } from "./tables/users.ts";

/**
 * Our own users table and the security tables bound to it, in the PostgreSQL schema of that name.
 */
export function bindDefaultTables(schema: string) {
  const home = homeOf(schema);
  const users = defineUsers(home?.table ?? pgTable);
  return { users, ...createSecuritySchema({ users, schema: home ?? schema }) };
}
