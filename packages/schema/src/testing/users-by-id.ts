import {
  bigint,
  bigserial,
  integer,
  pgTable,
  serial,
  text,
  uuid,
  varchar,
} from "drizzle-orm/pg-core";

export type UserId = string & { readonly brand: "UserId" };

// An app's own users table, once with each type of id.
export const byUuid = pgTable("users", { id: uuid().primaryKey() });
export const byText = pgTable("users", { id: text().primaryKey() });
export const byBrand = pgTable("users", { id: text().$type<UserId>().primaryKey() });
export const byVarchar = pgTable("users", { id: varchar({ length: 21 }).primaryKey() });
export const byInteger = pgTable("users", { id: integer().primaryKey() });
export const bySerial = pgTable("users", { id: serial().primaryKey() });
export const byNumber = pgTable("users", { id: bigint({ mode: "number" }).primaryKey() });
export const byBigint = pgTable("users", { id: bigserial({ mode: "bigint" }).primaryKey() });
