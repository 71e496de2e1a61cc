import { type SQL, sql } from "drizzle-orm";
import {
  type AnyPgColumn,
  bigint,
  char,
  customType,
  integer,
  smallint,
  text,
  timestamp,
  uuid,
  varchar,
} from "drizzle-orm/pg-core";
import { keyTypeOf } from "./key-type-of.ts";
import { SEALED_PATTERN, type Sealed } from "./sealed.ts";
import type { UserIdOf, UsersTable } from "./users-table.ts";

/** Base64url of a SHA-256 or HMAC-SHA-256, without padding. */
const DIGEST_CHARACTERS = 43;
/** Base64url of the first 16 bytes of an HMAC-SHA-256, without padding. */
const BLIND_INDEX_CHARACTERS = 22;

/**
 * For rows that clients name. The application makes it (UUID version 7): sealed values bind to it.
 */
export const id = () => uuid("id").primaryKey().defaultRandom();

/** For append-only logs: inserts stay on the right edge of the index. */
export const logId = () =>
  bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity();

export const instant = <N extends string>(name: N) => timestamp(name, { withTimezone: true });

export const createdAt = () => instant("created_at").notNull().defaultNow();

/** A user agent as the client sent it, cleaned of control characters and cut. */
export const userAgent = () => varchar("user_agent", { length: 512 });

/** SHA-256 of a random token, or a keyed digest. Never the value itself. */
export const digest = <N extends string>(name: N) => varchar(name, { length: DIGEST_CHARACTERS });

/** Keyed digest of a normalised value, for look-up by equality. Leaves the service in no answer. */
export const blindIndex = <N extends string>(name: N) =>
  varchar(name, { length: BLIND_INDEX_CHARACTERS });

/**
 * A column that takes nothing but what `seal()` made for it. Name the table that it stands in: that
 * is what the type holds, and what `seal()` and `open()` must be told. Carries the CHECK of
 * `isSealed`.
 */
export const sealed = <Table extends string, Column extends string>(
  _table: Table,
  column: Column,
) =>
  customType<{ data: Sealed<Table, Column>; driverData: string }>({ dataType: () => "text" })(
    column,
  );

/** `column in ('a', 'b')`, the values inlined so that it can stand in a CHECK. */
export function oneOf(column: AnyPgColumn, values: readonly string[]): SQL {
  return sql`${column} in (${sql.raw(values.map((value) => `'${value}'`).join(", "))})`;
}

/** The body of the CHECK that every sealed column carries. */
export const isSealed = (column: AnyPgColumn) => sql`${column} ~ ${sql.raw(`'${SEALED_PATTERN}'`)}`;

/**
 * The body of the CHECK of a digest that stands for a secret: clear text does not fit it by
 * accident.
 */
export const isDigest = (column: AnyPgColumn) =>
  sql`${column} ~ ${sql.raw(`'^[A-Za-z0-9_-]{${DIGEST_CHARACTERS}}$'`)}`;

/** `user_id` in the SQL type and the JavaScript type of the users table it points at. */
export const userId = <U extends UsersTable>(users: U) => idOf(users, "user_id");

/** A column of that name in the SQL type and the JavaScript type of a users table's id. */
export function idOf<U extends UsersTable, N extends string>(users: U, name: N) {
  const typed = <Data>() => customType<{ data: Data }>({ dataType: () => "uuid" })(name);
  // The builder depends on a value, so its exact type cannot be inferred: it is stated here, once.
  return builderFor(users.id, name) as unknown as ReturnType<typeof typed<UserIdOf<U>>>;
}

function builderFor(target: AnyPgColumn, name: string) {
  const type = target.getSQLType().toLowerCase();
  // One word on drizzle-orm 0.45, such as `bigint`; two on 1.0, such as `bigint int64`.
  const [kind] = target.dataType.split(" ");
  if (kind === "custom") return mirror(target, name);
  const sized = /^(varchar|char)\((\d+)\)$/.exec(type);
  if (sized) {
    const length = Number(sized[2]);
    return sized[1] === "char" ? char(name, { length }) : varchar(name, { length });
  }
  switch (type) {
    case "uuid":
      return uuid(name);
    case "text":
      return text(name);
    case "varchar":
      return varchar(name);
    case "integer":
    case "serial":
      return integer(name);
    case "smallint":
    case "smallserial":
      return smallint(name);
    case "bigint":
    case "bigserial":
      // 1.0 has a third mode, "string". It is the kind, whichever it is.
      return bigint(name, { mode: kind as "bigint" | "number" });
    default:
      return mirror(target, name);
  }
}

/** What the target's own type makes of a value on its way to the driver and back. */
const mirror = (target: AnyPgColumn, name: string) =>
  customType<{ data: unknown }>({
    dataType: () => keyTypeOf(target.getSQLType()),
    toDriver: (value) => target.mapToDriverValue(value),
    fromDriver: (value) => target.mapFromDriverValue(value),
  })(name);
