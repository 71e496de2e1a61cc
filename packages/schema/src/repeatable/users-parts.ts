import type { TransactionSql } from "postgres";
import type { Target } from "../target.ts";
import { type UsersColumn, usersColumns } from "../users-columns.ts";

/**
 * The columns of a users table that there are, with their SQL types without length or precision.
 */
export type UsersParts = ReadonlyMap<UsersColumn, string>;

type Kind = "text" | "time" | "count" | "address";

const KINDS: Readonly<Record<UsersColumn, Kind>> = {
  email: "text",
  emailVerifiedAt: "time",
  name: "text",
  userType: "text",
  role: "text",
  passwordHash: "text",
  phoneNumber: "text",
  encryptedPhoneNumber: "text",
  phoneNumberIndex: "text",
  phoneNumberHint: "text",
  phoneVerifiedAt: "time",
  twoFactorSecret: "text",
  lastLoginAt: "time",
  lastLoginIp: "address",
  failedLoginAttempts: "count",
  accountLockedUntil: "time",
  passwordChangedAt: "time",
  passwordExpiresAt: "time",
  lastActivityAt: "time",
  sessionCount: "count",
  disabledAt: "time",
  createdAt: "time",
  updatedAt: "time",
};

const INSTANT = "timestamp with time zone";
const TYPES: Readonly<Record<Kind, string>> = {
  text: "text",
  time: INSTANT,
  count: "integer",
  address: "inet",
};
/** What a trigger may write our values to. */
const WRITABLE: Readonly<Record<Kind, readonly string[]>> = {
  text: ["text", "character varying", "character", "citext"],
  time: [INSTANT],
  count: ["integer", "bigint", "smallint"],
  address: ["inet"],
};
/** The time that a boolean stands for: long since, and for ever. */
const TRUE: Readonly<Partial<Record<UsersColumn, string>>> = {
  emailVerifiedAt: "-infinity",
  phoneVerifiedAt: "-infinity",
  disabledAt: "-infinity",
  accountLockedUntil: "infinity",
};
const DEFAULTS: Readonly<Partial<Record<UsersColumn, string>>> = {
  userType: "'user'::text",
  failedLoginAttempts: "0",
  sessionCount: "0",
};

/** As declared, of the types that our own columns have. */
export const declaredParts = ({ users }: Target): UsersParts =>
  new Map([...users.declared].map((part) => [part, TYPES[KINDS[part]]]));

/**
 * The columns of the users table in the database, or as declared where it is ours to make.
 * Undefined where there is neither.
 */
export async function readParts(
  tx: TransactionSql,
  target: Target,
): Promise<UsersParts | undefined> {
  const { users } = target;
  if (users.isOurs && target.tables.includes("users")) return declaredParts(target);
  const rows = await tx<{ name: string; type: string }[]>`
    select attname as name, format_type(atttypid, null) as type from pg_attribute
    where attrelid = to_regclass(quote_ident(${users.schema}) || '.' || quote_ident(${users.table}))
      and attnum > 0 and not attisdropped`;
  if (rows.length === 0) return undefined;
  const types = new Map(rows.map(({ name, type }) => [name, type]));
  return new Map(
    usersColumns.flatMap((part) => {
      const type = types.get(users.columns[part]);
      return type === undefined ? [] : [[part, type] as const];
    }),
  );
}

/** Whether a trigger can read and write the column in the type that ours has. */
export function isWritable(parts: UsersParts, part: UsersColumn): boolean {
  const type = parts.get(part);
  return type !== undefined && WRITABLE[KINDS[part]].includes(type);
}

/**
 * A column of the users table `u` in the type in which the views give it: its documented default,
 * or null, where it is missing or of another kind. A timestamp without a zone is in UTC, as Drizzle
 * reads it; a boolean in the place of a verification's time, or of being disabled or locked, says
 * whether it is so.
 */
export function expressionOf(parts: UsersParts, part: UsersColumn, column: string): string {
  const type = parts.get(part);
  const kind = KINDS[part];
  const whenTrue = type === "boolean" && TRUE[part];
  if (whenTrue) return `(case when u.${column} then '${whenTrue}'::timestamptz end)`;
  if (type === "timestamp without time zone" && kind === "time") {
    return `(u.${column} at time zone 'UTC')`;
  }
  if (type !== undefined && (kind === "text" || isWritable(parts, part))) {
    return `u.${column}::${TYPES[kind]}`;
  }
  return DEFAULTS[part] ?? `null::${TYPES[kind]}`;
}
