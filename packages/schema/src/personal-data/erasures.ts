import { quoted } from "../database/quoted.ts";
import { personalData } from "./register.ts";

/** What a column that may not be null gets: it fits the column and tells nothing. */
const blankOf = (column: string): string =>
  column.endsWith("_index") ? "repeat('-', 22)" : "'***'";

/** In the order of the register: the same function, however an app orders its exports. */
const registered = (tables: readonly string[]): string[] =>
  Object.keys(personalData).filter((table) => tables.includes(table));

/**
 * The UPDATEs that take a person out of the rows that outlive the account, for the tables that are
 * mounted. `erased` is the account, `identifiers` are the blind indexes of its contacts, under which
 * rows stand that were written before it was known whose they were. So are those of earlier contacts,
 * which the account's own rows tell. A row of another account stays that account's.
 */
export function erasuresOf(schema: string, tables: readonly string[], idType: string): string {
  const statements = registered(tables).flatMap((table) => {
    const assignments = assignmentsOf(table);
    if (assignments.length === 0) return [];
    const isTheirs = [`user_id = erased::${idType}`, ...unclaimedOf(schema, table, idType)];
    return [
      `update ${quoted(schema, table)} set ${assignments.join(", ")}\n  where ${isTheirs.join("\n    or ")};`,
    ];
  });
  return statements.join("\n  ");
}

/**
 * The rows of nobody that stand under an index of the account: a contact's that it has, or that its
 * own rows tell. Of a message these are notices and codes that were used: a code that nobody used
 * may have gone to an address that the account never had.
 */
function unclaimedOf(schema: string, table: string, idType: string): string[] {
  const { personal = {} } = personalData[table] ?? {};
  const index = Object.keys(personal).find((column) => column.endsWith("_index"));
  if (index === undefined) return [];
  const isContact = table.endsWith("_delivery_log")
    ? " and (own.challenge_id is null or own.consumed_at is not null)"
    : "";
  return [
    `(user_id is null and (${index} = any (identifiers) or ${index} in (select own.${index} from ${quoted(schema, table)} own where own.user_id = erased::${idType}${isContact})))`,
  ];
}

/** Taking `user_id` away is what the foreign key does when the account goes. */
function assignmentsOf(table: string): string[] {
  const { personal = {} } = personalData[table] ?? {};
  return Object.entries(personal).flatMap(([column, { erased }]) => {
    if (column === "user_id") return erased === "null" ? [`${quoted(column)} = null`] : [];
    if (erased === "null") return [`${quoted(column)} = null`];
    return erased === "blank" ? [`${quoted(column)} = ${blankOf(column)}`] : [];
  });
}

/** The tables whose rows go with the account: where the users row is the app's, one by one. */
export const tablesOfAccount = (tables: readonly string[]): string[] =>
  registered(tables).filter(
    (table) => table !== "users" && personalData[table]?.personal.user_id?.erased === "row",
  );
