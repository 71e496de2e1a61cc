import { type PgTable, pgSchema } from "drizzle-orm/pg-core";
import { createSecuritySchema } from "../../create.ts";
import {
  byBigint,
  byBrand,
  byInteger,
  byText,
  byUuid,
  byVarchar,
} from "../../testing/users-by-id.ts";
import type { UsersTable } from "../../users-table.ts";
import type { AnyId, Rows } from "./rows.ts";

type Tables = Readonly<Record<keyof Rows, PgTable>>;

export type Combination = {
  id: { name: string; sql: string; users: UsersTable & PgTable; value: AnyId };
  place: { name: string; bind: (users: UsersTable) => Tables };
  subset: { name: string; pick: (tables: Tables) => Partial<Tables> };
};

const ids: readonly Combination["id"][] = [
  {
    name: "uuid",
    sql: "uuid",
    users: byUuid,
    value: "0198c0de-0000-7000-8000-000000000001",
  },
  { name: "text", sql: "text", users: byText, value: 'Ada\'s "own" Ωmega' },
  { name: "branded text", sql: "text", users: byBrand, value: "usr_1" },
  { name: "integer", sql: "integer", users: byInteger, value: -(2 ** 31) },
  // No number in JavaScript holds it.
  { name: "bigint", sql: "bigserial", users: byBigint, value: 9_223_372_036_854_775_807n },
  { name: "varchar", sql: "varchar(21)", users: byVarchar, value: "V1StGXR8_Z5jdHi6B-myT" },
];

const ownSchema = pgSchema('Sign "in"');

const places: readonly Combination["place"][] = [
  { name: "postern", bind: (users) => createSecuritySchema({ users }) },
  {
    name: "a schema of the app's own",
    bind: (users) => createSecuritySchema({ users, schema: ownSchema }),
  },
  {
    name: "public, by the app's word,",
    bind: (users) => createSecuritySchema({ users, schema: "public" }),
  },
];

/** All, and each of the three phases in which an app may take them up, alone. */
const subsets: readonly Combination["subset"][] = [
  { name: "all the tables", pick: (tables) => tables },
  {
    name: "the logs alone",
    pick: ({ loginAttempts, securityEvents, emailDeliveryLog, smsDeliveryLog }) => ({
      loginAttempts,
      securityEvents,
      emailDeliveryLog,
      smsDeliveryLog,
    }),
  },
  {
    name: "devices and old passwords alone",
    pick: ({ userDevices, passwordHistory }) => ({ userDevices, passwordHistory }),
  },
  {
    name: "sessions and credentials alone",
    pick: ({
      refreshTokens,
      accountRecovery,
      sessionAudits,
      twoFactorAuth,
      oauthConnections,
      apiKeys,
    }) => ({
      refreshTokens,
      accountRecovery,
      sessionAudits,
      twoFactorAuth,
      oauthConnections,
      apiKeys,
    }),
  },
];

export const combinations: readonly Combination[] = ids.flatMap((id) =>
  places.flatMap((place) => subsets.map((subset) => ({ id, place, subset }))),
);
