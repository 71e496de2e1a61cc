import { literal } from "../database/literal.ts";
import { quoted } from "../database/quoted.ts";
import { erasuresOf, tablesOfAccount } from "../personal-data/erasures.ts";
import { SEALED_PATTERN } from "../sealed.ts";
import { snakeCase } from "../snake-case.ts";
import type { Target } from "../target.ts";
import { type UsersColumn, usersColumns } from "../users-columns.ts";
import type { Values } from "./render-sql.ts";
import { type SealedColumn, sealedColumnsOf } from "./sealed-columns.ts";
import { expressionOf, isWritable, type UsersParts } from "./users-parts.ts";

/** What every template may ask for. Each column of the users table goes by our own name. */
export function valuesOf(target: Target, parts: UsersParts | undefined): Values {
  const { schema, users } = target;
  const found = parts ?? new Map();
  const columns = Object.fromEntries(
    usersColumns.map((part) => [snakeCase(part), users.columns[part]]),
  );
  const holds = new Set([
    ...target.tables.filter((table) => table !== "users"),
    ...usersColumns.filter((part) => isWritable(found, part)).map(snakeCase),
  ]);
  if (users.isOurs) holds.add("our_users");
  if (erasing(target, found).users_cleared) holds.add("clearable_users");
  if (holds.has("login_attempts") || holds.has("security_events")) holds.add("logins_or_events");
  return {
    text: { ...columns, schema, id: users.id },
    sql: {
      ...mapValues(columns, (name) => quoted(name)),
      ...expressions(target, found),
      schema: quoted(schema),
      users: quoted(users.schema, users.table),
      id: quoted(users.id),
      sealed_pattern: SEALED_PATTERN,
      masked_phone: maskedPhone(target, found),
      ...secondFactor(target, found),
      sealed_columns: rowsOf(sealedColumnsOf(target, parts)),
      plain_columns: plainColumns(target, found),
      ...trackedColumns(target, found),
      ...erasing(target, found),
    },
    macros: {
      network: (address) =>
        `network(set_masklen(${address}, case family(${address}) when 4 then 24 else 64 end))::inet`,
      session_device: (session) =>
        holds.has("refresh_tokens")
          ? `(select r.device_name::text from ${quoted(schema, "refresh_tokens")} r
    where r.family_id = ${session} and r.generation = 0)`
          : "null::text",
    },
    holds,
  };
}

const expressions = ({ users }: Target, parts: UsersParts) =>
  Object.fromEntries(
    usersColumns.map((part) => {
      const column = quoted(users.columns[part]);
      return [`u.${snakeCase(part)}`, expressionOf(parts, part, column)];
    }),
  );

/**
 * The calling codes of ITU-T E.164, of one digit, of two and of three. No two fit one number, since
 * PostgreSQL takes the longest.
 */
const CALLING_CODE = `^([+](${[
  "[17]",
  "2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]",
  "(2[1-689]|3[578]|42|5[09]|6[7-9]|8[035789]|9[679])[0-9]",
].join("|")}))[0-9]{6,12}$`;

/**
 * Its own mask; where there is none yet, one made of the plain number as @postern/crypto makes it.
 */
function maskedPhone({ users }: Target, parts: UsersParts): string {
  const hint = parts.has("phoneNumberHint") && `u.${quoted(users.columns.phoneNumberHint)}::text`;
  if (!parts.has("phoneNumber")) return hint || "null::text";
  const plain = `u.${quoted(users.columns.phoneNumber)}::text`;
  const dialled = `regexp_replace(${plain}, '[ ().-]', '', 'g')`;
  const masked = `case when ${plain} is not null then
    coalesce(substring(${dialled} from '${CALLING_CODE}') || '*****' || right(${plain}, 3), '***') end`;
  return hint ? `coalesce(${hint}, ${masked})` : masked;
}

/**
 * One that is confirmed, or one in plain text that is still to be moved; false where nobody keeps
 * any. Looked up once a row and only for the rows that are asked for: no condition on many ids
 * reaches into a join with all second factors (a page of 50 at 100,000 of them: 1 ms in the place
 * of 40).
 */
function secondFactor({ schema, tables, users }: Target, parts: UsersParts) {
  const isKept = tables.includes("two_factor_auth");
  const plain = parts.has("twoFactorSecret")
    ? [`u.${quoted(users.columns.twoFactorSecret)} is not null`]
    : [];
  const kept = isKept ? ["f.user_id is not null"] : [];
  return {
    has_second_factor: `(${[...kept, ...plain].join(" or ") || "false"})`,
    second_factors: isKept
      ? `left join lateral (
  select user_id from ${quoted(schema, "two_factor_auth")} s
  where s.user_id = u.${quoted(users.id)} and confirmed_at is not null limit 1
) f on true`
      : "",
  };
}

const rowsOf = (columns: readonly SealedColumn[]) =>
  [
    "(null::text, null::text, null::text, true)",
    ...columns.map(
      ({ schema, table, column, hasRootKey }) =>
        `(${[schema, table, column].map(literal).join(", ")}, ${hasRootKey})`,
    ),
  ].join(",\n      ");

/** Plain text that a users table still holds, and where it is to go. */
function plainColumns({ schema, tables, users }: Target, parts: UsersParts): string {
  const { columns } = users;
  const rows = [];
  if (parts.has("phoneNumber") && parts.has("encryptedPhoneNumber")) {
    rows.push([columns.phoneNumber, users.schema, users.table, columns.encryptedPhoneNumber]);
  }
  if (parts.has("twoFactorSecret") && tables.includes("two_factor_auth")) {
    rows.push([columns.twoFactorSecret, schema, "two_factor_auth", "encrypted_secret"]);
  }
  const written = rows.map(
    (row) => `(${[users.schema, users.table, ...row].map(literal).join(", ")})`,
  );
  const none = `(${Array(6).fill("null::text").join(", ")})`;
  return [none, ...written].join(",\n      ");
}

/** What erase_user() does, where it is given to anybody. */
function erasing({ schema, tables, users }: Target, parts: UsersParts): Record<string, string> {
  const { columns, idType } = users;
  const cleared = (
    ["encryptedPhoneNumber", "phoneNumberIndex", "phoneNumberHint", "lastLoginIp"] as const
  )
    .filter((part) => isWritable(parts, part))
    .map((part) => `${quoted(columns[part])} = null`);
  if (isWritable(parts, "disabledAt")) cleared.push(`${quoted(columns.disabledAt)} = now()`);
  const isTheirs = `user_id = erased::${idType}`;
  return {
    id_type: idType,
    erasures: erasuresOf(schema, tables, idType),
    account_deletions: tablesOfAccount(tables)
      .map((table) => `delete from ${quoted(schema, table)} where ${isTheirs};`)
      .join("\n  "),
    users_cleared: cleared.join(", "),
  };
}

/** The columns that keep_tracking_columns() looks at, before and after. */
function trackedColumns({ users }: Target, parts: UsersParts): Record<string, string> {
  const is = (part: UsersColumn) => isWritable(parts, part);
  const tracked: UsersColumn[] = [];
  if (is("lastLoginAt")) tracked.push("lastLoginAt");
  if (is("lastActivityAt")) tracked.push("lastActivityAt");
  if (is("failedLoginAttempts") && is("accountLockedUntil")) tracked.push("failedLoginAttempts");
  if (is("sessionCount")) tracked.push("sessionCount");
  const of = (row: "old" | "new") =>
    tracked.map((part) => `${row}.${quoted(users.columns[part])}`).join(", ");
  return { tracked_old: of("old"), tracked_new: of("new") };
}

const mapValues = <V, W>(record: Record<string, V>, change: (value: V) => W) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
