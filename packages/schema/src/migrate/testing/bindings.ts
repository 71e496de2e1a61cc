import { inet, integer, pgSchema, pgTable, serial, text, uuid } from "drizzle-orm/pg-core";
import { bindDefaultTables } from "../../bind-default-tables.ts";
import { instant } from "../../columns.ts";
import { createSecuritySchema } from "../../create.ts";
import { describeTable } from "../../declared/describe-table.ts";
import { createAll } from "../../declared/statements.ts";
import {
  userEncryptedColumns,
  userEncryptedRules,
  userSecurityColumns,
  userSecurityRules,
} from "../../users-columns.ts";

type Described = Parameters<typeof describeTable>[0];

/** The SQL that makes a table. */
export const statementsOf = (schema: string, table: Described) =>
  createAll(schema, [describeTable(table)]).join("\n");

const bareAccount = {
  id: serial("account_no").primaryKey(),
  mail: text("mail").notNull(),
  pw: text("pw"),
  orders: integer("orders"),
};
/** An app's own users table, once the app has spread our columns into it. */
const accounts = pgTable(
  "accounts",
  { ...bareAccount, ...userSecurityColumns(), ...userEncryptedColumns("accounts") },
  (t) => [...userSecurityRules("accounts", t), ...userEncryptedRules("accounts", t)],
);

const bareUser = { id: uuid("id").primaryKey(), email: text("email").notNull() };
const users = pgTable(
  "users",
  { ...bareUser, ...userSecurityColumns(), ...userEncryptedColumns() },
  (t) => [...userSecurityRules("users", t), ...userEncryptedRules("users", t)],
);

// Every name needs quotes, and some look like what a migration puts its names into.
const shop = pgSchema("My App");
const name = `Kunden "x'`;
const bareCustomer = { id: text("Id").primaryKey(), email: text("e-mail").notNull() };
const customers = shop.table(
  name,
  {
    ...bareCustomer,
    lastLoginAt: instant("Last Login"),
    lastLoginIp: inet(":users"),
    failedLoginAttempts: integer(`failed'attempts`).notNull().default(0),
    accountLockedUntil: instant(`locked "until"`),
    passwordChangedAt: instant("select"),
    passwordExpiresAt: instant("password:expires"),
    lastActivityAt: instant("größe"),
    sessionCount: integer("$1").notNull().default(0),
    ...userEncryptedColumns(name),
  },
  (t) => [...userSecurityRules(name, t), ...userEncryptedRules(name, t)],
);

const ownTables = createSecuritySchema({
  users: accounts,
  schema: "auth",
  columns: { email: accounts.mail, passwordHash: accounts.pw },
});
const { loginAttempts, securityEvents, emailDeliveryLog, smsDeliveryLog } = ownTables;

const ownAccounts = {
  before: statementsOf("public", pgTable("accounts", bareAccount)),
  whole: statementsOf("public", accounts),
};

/**
 * What may be mounted where; `before` makes the users table without our columns, `whole` with them.
 */
export const bindings = [
  { name: "the default binding", exports: bindDefaultTables("postern"), before: "", whole: "" },
  { name: "own users by number, under other names", exports: ownTables, ...ownAccounts },
  {
    name: "a subset",
    exports: { loginAttempts, securityEvents, emailDeliveryLog, smsDeliveryLog },
    ...ownAccounts,
  },
  {
    name: "own users in public, and the tables beside them",
    exports: createSecuritySchema({ users, schema: "public" }),
    before: statementsOf("public", pgTable("users", bareUser)),
    whole: statementsOf("public", users),
  },
  {
    name: "users in another schema, where every name needs quotes",
    exports: createSecuritySchema({ users: customers, schema: `Log "s'` }),
    before: `create schema "My App"; ${statementsOf("My App", shop.table(name, bareCustomer))}`,
    whole: `create schema "My App"; ${statementsOf("My App", customers)}`,
  },
];
