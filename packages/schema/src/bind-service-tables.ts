import { type AnyPgColumn, getTableConfig, pgTable } from "drizzle-orm/pg-core";
import type { bindDefaultTables } from "./bind-default-tables.ts";
import { homeOf } from "./binding.ts";
import { createSecuritySchema } from "./create.ts";
import { markOf } from "./mark.ts";
import { SERVICE_USERS, serviceParts } from "./service-users.ts";
import { defineUsers } from "./tables/users.ts";
import { findDeclaration, type TargetUsers } from "./target.ts";
import { type BoundUsers, boundUsers } from "./users-of.ts";

/** The tables that the services work on, by our property names. */
export type ServiceTables = ReturnType<typeof bindDefaultTables>;

/** Where that which the services seal and index of an account really stands. */
export type UsersPlace = {
  /** SQL names of the users table. Sealed values are bound to the second. */
  readonly schema: string;
  readonly table: string;
  /** SQL names of the columns of the email, of a sealed phone number and of its blind index. */
  readonly email: string;
  readonly phone: string;
  readonly phoneIndex: string;
  /** Ids are UUIDs that the application makes; else the table's own default makes them. */
  readonly hasUuids: boolean;
  /** No account is without a name: an empty one where none is known. */
  readonly needsName: boolean;
};

/**
 * The tables that the services work on, on an app's own binding: what `createSecuritySchema`
 * returned, as a module exports it, in one object or as exports of their own.
 *
 * Its users are reached through the view `postern_users`, in which they bear our names; ids keep
 * the app's own type. A push makes the view once the users table has all that an account needs.
 *
 * Throws an Error that names the parts that the users table does not declare, or the columns that
 * keep an account from being opened.
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
  const bound = boundUsers(mark);
  requireOpen(bound, target.users);
  const home = homeOf(target.schema);
  const security = createSecuritySchema({ ...mark, schema: home ?? target.schema });
  // The services pass ids on as they came: whatever their type is, nobody looks inside.
  const users = defineUsers(home?.table ?? pgTable, SERVICE_USERS);
  return {
    tables: { users, ...security } as unknown as ServiceTables,
    place: placeOf(target.users, bound),
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

/** A sign-up fills in the email and the name, and a UUID; what else must be there has a default. */
function requireOpen({ table, id, column }: BoundUsers, users: TargetUsers): void {
  const given = [column("email"), column("name"), isUuid(users) ? id : undefined];
  const { columns, name } = getTableConfig(table);
  const wanting = columns.filter((it) => !given.includes(it) && !isFilled(it));
  if (wanting.length > 0) {
    throw new Error(
      `The users table ${name} declares ${wanting.map((it) => it.name).join(", ")} NOT NULL without a default of PostgreSQL's, so no account can be opened. Let each be null, or give it one.`,
    );
  }
}

/** `$defaultFn` is the app's own: the services do not run it. */
const isFilled = (column: AnyPgColumn): boolean =>
  !column.notNull ||
  column.default !== undefined ||
  column.generated !== undefined ||
  column.generatedIdentity !== undefined ||
  /serial/.test(column.getSQLType());

const isUuid = ({ idType }: TargetUsers) => idType === "uuid";

const placeOf = (users: TargetUsers, { column }: BoundUsers): UsersPlace => ({
  schema: users.schema,
  table: users.table,
  email: users.columns.email,
  phone: users.columns.encryptedPhoneNumber,
  phoneIndex: users.columns.phoneNumberIndex,
  hasUuids: isUuid(users),
  needsName: column("name")?.notNull === true,
});

/** Our own users table, in the PostgreSQL schema of the others. */
export const defaultUsersPlace = (schema: string): UsersPlace => ({
  schema,
  table: "users",
  email: "email",
  phone: "encrypted_phone_number",
  phoneIndex: "phone_number_index",
  hasUuids: true,
  needsName: false,
});
