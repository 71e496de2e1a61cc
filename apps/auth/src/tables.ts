import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { BadEnvironmentError } from "@postern/environment";
import {
  bindDefaultTables,
  bindServiceTables,
  defaultUsersPlace,
  type ServiceTables,
  type UsersPlace,
} from "@postern/schema";
import { getTableConfig } from "drizzle-orm/pg-core";

/** Every table this service touches, bound to one users table. Nothing else names a table. */
export type Tables = ServiceTables;

/** The id of an account. Use cases pass it on and never look inside. */
export type UserId = Tables["users"]["$inferSelect"]["id"];

/** The PostgreSQL schema in which they lie. */
export const schemaOf = ({ securityEvents }: Tables): string =>
  getTableConfig(securityEvents).schema ?? "public";

export type BoundTables = Readonly<{
  tables: Tables;
  /** Where that which is sealed of an account really stands. */
  usersPlace: UsersPlace;
}>;

/**
 * The tables on Postern's own users, or on those of the app whose binding the module exports (D16).
 *
 * @throws {BadEnvironmentError} where the module cannot be loaded, or binds no users table that
 *   accounts can be opened in.
 */
export async function bindTables({
  databaseSchema,
  bindingModule,
}: {
  databaseSchema: string;
  /** Path of the module, from the working directory; null for Postern's own users. */
  bindingModule: string | null;
}): Promise<BoundTables> {
  if (bindingModule === null) {
    const tables = bindDefaultTables(databaseSchema);
    return { tables, usersPlace: defaultUsersPlace(databaseSchema) };
  }
  try {
    const exported = await import(pathToFileURL(resolve(bindingModule)).href);
    const { tables, place } = bindServiceTables(exported);
    return { tables, usersPlace: place };
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new BadEnvironmentError([`POSTERN_BINDING cannot be used. ${reason}`], { cause: error });
  }
}
