import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { quoted } from "../database/quoted.ts";
import { erasuresOf, tablesOfAccount } from "../personal-data/erasures.ts";
import { SERVICE_USERS, serviceParts } from "../service-users.ts";
import type { Target } from "../target.ts";
import { renderSql, type Values } from "./render-sql.ts";
import { sealedColumnsOf } from "./sealed-columns.ts";
import { isWritable, type UsersParts } from "./users-parts.ts";
import { valuesOf } from "./values.ts";

type RepeatableKind = "function" | "trigger" | "view";

/** By the names that the catalogue is asked for and a DROP says. */
export type RepeatableObject = {
  readonly kind: RepeatableKind;
  readonly name: string;
  /** The table of a trigger; empty for everything else. */
  readonly table: string;
};

/** What one file of sql/ makes, rendered. */
export type Unit = {
  readonly sql: string;
  readonly checksum: string;
  readonly objects: readonly RepeatableObject[];
};

export const appendOnlyTables = ["login_attempts", "security_events", "session_audits"] as const;
const deliveryTables = ["email_delivery_log", "sms_delivery_log"] as const;
const retainedTables = [
  ...appendOnlyTables,
  ...deliveryTables,
  "delivery_receipts",
  "alerts",
  "refresh_tokens",
];

const views = [
  "users_public",
  "users_authenticated",
  "users_admin",
  "user_security_status",
  "user_activity_log",
  "deployment_metrics",
] as const;

/** Everything that a target is to have beside its tables, in the order in which it is made. */
export function unitsOf(target: Target, parts: UsersParts | undefined): Unit[] {
  const values = valuesOf(target, parts);
  return [
    ...functionUnits(target, values),
    ...logUnits(target, values),
    ...sealedUnits(target, { parts, values }),
    ...(parts ? usersUnits(values) : []),
    ...(parts && isErasable(target) ? [unit("functions/erase-user", values)] : []),
    ...viewUnits(target, { parts, values }),
  ];
}

function functionUnits({ tables }: Target, values: Values): Unit[] {
  return [
    unit("functions/count-by-key", values),
    unit("functions/check-encryption-migration-status", values),
    ...(retainedTables.some((table) => tables.includes(table))
      ? [unit("functions/retention-step", values)]
      : []),
    ...(tables.includes("signing_keys") ? [unit("functions/turn-signing-keys", values)] : []),
  ];
}

/** A function that several tables share, and a trigger on each. */
function logUnits({ schema, tables }: Target, values: Values): Unit[] {
  const shared = (names: readonly string[], file: string, trigger: string) => {
    const declared = names.filter((name) => tables.includes(name));
    const triggers = declared.map((name) =>
      unit(trigger, { ...values, sql: { ...values.sql, table: quoted(schema, name) } }),
    );
    return declared.length > 0 ? [unit(file, values), ...triggers] : [];
  };
  return [
    ...shared(appendOnlyTables, "triggers/refuse-rewriting", "triggers/append-only"),
    ...shared(deliveryTables, "triggers/keep-delivery-order", "triggers/delivery-status"),
  ];
}

type Found = { readonly parts: UsersParts | undefined; readonly values: Values };

function sealedUnits(target: Target, { parts, values }: Found): Unit[] {
  const guards = sealedColumnsOf(target, parts).map(({ schema, table, column, rule }) =>
    unit("triggers/sealed-column", {
      ...values,
      text: { ...values.text, column, rule },
      sql: {
        ...values.sql,
        column: quoted(column),
        table: quoted(schema, table),
        trigger: quoted(`postern_sealed_${column}`),
      },
    }),
  );
  return guards.length > 0 ? [unit("triggers/refuse-clear-text", values), ...guards] : [];
}

function usersUnits(values: Values): Unit[] {
  const { holds, sql } = values;
  const dates = ["password_changed_at", "password_expires_at", "password_history"];
  const hasPassword = holds.has("password_hash") && dates.some((name) => holds.has(name));
  return [
    ...(hasPassword ? [unit("triggers/password-dates", values)] : []),
    ...(sql.tracked_old ? [unit("triggers/tracking-columns", values)] : []),
    ...(holds.has("updated_at") ? [unit("triggers/updated-at", values)] : []),
  ];
}

function viewUnits(target: Target, { parts, values }: Found): Unit[] {
  const { tables } = target;
  const isMade = (view: string) =>
    view === "user_activity_log"
      ? appendOnlyTables.some((log) => tables.includes(log))
      : parts !== undefined;
  const made = [...views.filter(isMade), ...(isServed(target, parts) ? [SERVICE_USERS] : [])];
  return made.map((view) => unit(`views/${view.replaceAll("_", "-")}`, values));
}

/** Somebody's data lies in a table of ours. */
const isErasable = ({ schema, tables, users }: Target): boolean =>
  erasuresOf(schema, tables, users.idType) !== "" || tablesOfAccount(tables).length > 0;

/** An app's own users, with all that the auth service keeps of them (D16). */
function isServed({ tables, users }: Target, parts: UsersParts | undefined): boolean {
  return (
    parts !== undefined &&
    !users.isOurs &&
    tables.includes("refresh_tokens") &&
    serviceParts.every((part) => isWritable(parts, part))
  );
}

const FOLDER = new URL("../../sql/", import.meta.url);

function unit(file: string, values: Values): Unit {
  const sql = renderSql(readFileSync(new URL(`${file}.sql`, FOLDER), "utf8"), values);
  const checksum = createHash("sha256").update(sql).digest("hex");
  return { sql, checksum, objects: objectsIn(sql) };
}

const NAME = String.raw`(?:"(?:[^"]|"")+"\.?|\w+)+`;
const CREATED = new RegExp(
  String.raw`^create or replace (?:(?<kind>view) (?<view>${NAME})|function (?<function>${NAME})\((?<of>[^)]*)\)|trigger (?<trigger>${NAME}) before [^;]*? on (?<table>${NAME}))`,
  "gm",
);

/** The objects that a rendered file makes. */
function objectsIn(sql: string): RepeatableObject[] {
  return [...sql.matchAll(CREATED)].map(({ groups = {} }) => {
    const { view, trigger = "", table = "" } = groups;
    if (view) return { kind: "view", name: view, table: "" };
    return groups.function
      ? { kind: "function", name: signature(groups.function, groups.of), table: "" }
      : { kind: "trigger", name: trigger, table };
  });
}

/** `f(text, interval)` of `f(a text, b interval default …)`. */
function signature(name: string, parameters = ""): string {
  const types = parameters.split(",").map((parameter) => parameter.trim().split(" ")[1] ?? "");
  return `${name}(${types.join(", ")})`;
}
