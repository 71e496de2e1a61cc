import { pgTable } from "drizzle-orm/pg-core";
import type { bindDefaultTables } from "./bind-default-tables.ts";
import { homeOf } from "./binding.ts";
import { createSecuritySchema } from "./create.ts";
import { markOf } from "./mark.ts";
import { SERVICE_USERS, serviceParts } from "./service-users.ts";
import { defineUsers } from "./tables/users.ts";
import { findDeclaration, type TargetUsers } from "./target.ts";

/** The tables that the services work on, by our property names. */
export type ServiceTables = ReturnType<typeof bindDefaultTables>;

/** Where that which the services seal and index of an account really stands. */
export type UsersPlace = {
  /** SQL name of the users table, which sealed values are bound to. */
  readonly table: string;
  /** SQL names of the columns of a sealed phone number and of its blind index. */
  readonly phone: string;
  readonly phoneIndex: string;
  /** Ids are UUIDs that the application makes; else the table's own default makes them. */
  readonly hasUuids: boolean;
};

/**
 * The tables that the services work on, on an app's own binding: what `createSecuritySchema`
 * returned, as a module exports it, in one object or as exports of their own.
 *
 * Its users are reached through the view `postern_users`, in which they bear our names; ids keep
 * the app's own type. A push makes the view once the users table has all that an account needs.
 *
 * Throws an Error that names the parts that the users table does not declare.
 */
export function bindServiceTables(exported: Readonly<Record<string, unknown>>): {
  readonly tables: ServiceTables;
  readonly place: UsersPlace;
} {
  const { target, tables } = findDeclaration(withNested(exported));
  const mark = markOf(tables[0]);
  const missing = serviceParts.filter((part) => !target.users.declared.has(part));
  if (!mark || missing.length > 0) {
    throw new Error(
      `The users table ${target.users.table} declares no ${missing.join(", ")}. Spread userAccountColumns(), userSecurityColumns() and userEncryptedColumns() into it, or name your own columns in the binding.`,
    );
  }
  const home = homeOf(target.schema);
  const security = createSecuritySchema({ ...mark, schema: home ?? target.schema });
  // The services pass ids on as they came: whatever their type is, nobody looks inside.
  const users = defineUsers(home?.table ?? pgTable, SERVICE_USERS);
  return {
    tables: { users, ...security } as unknown as ServiceTables,
    place: placeOf(target.users),
  };
}

/** `export const security = createSecuritySchema(…)` holds them one step further down. */
const withNested = (exported: Readonly<Record<string, unknown>>) => ({
  ...exported,
  ...Object.assign(
    {},
    ...Object.values(exported).filter((value) => markOf(value) === undefined && isPlain(value)),
  ),
});

const isPlain = (value: unknown): value is object =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

const placeOf = ({ table, columns, idType }: TargetUsers): UsersPlace => ({
  table,
  phone: columns.encryptedPhoneNumber,
  phoneIndex: columns.phoneNumberIndex,
  hasUuids: idType === "uuid",
});

/** Our own users table. */
export const defaultUsersPlace: UsersPlace = {
  table: "users",
  phone: "encrypted_phone_number",
  phoneIndex: "phone_number_index",
  hasUuids: true,
};
