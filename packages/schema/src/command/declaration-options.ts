import { PushError } from "../push/push-error.ts";
import { DEFAULT_ROLE_PREFIX, type Roles } from "../repeatable/roles.ts";

/** For parseArgs(): what is mounted, and for whom. */
export const declarationOptions = {
  schema: { type: "string", multiple: true, default: [] as string[] },
  "role-prefix": { type: "string", default: DEFAULT_ROLE_PREFIX },
  "without-roles": { type: "boolean", default: false },
} as const;

type Values = { "role-prefix": string; "without-roles": boolean };

/** Null where the tables are to have no roles. Throws PushError on a prefix that needs quotes. */
export function readRoles(values: Values): Roles {
  if (values["without-roles"]) return null;
  const prefix = values["role-prefix"];
  if (!/^[a-z_][a-z0-9_]{0,39}$/.test(prefix) || prefix.startsWith("pg_")) {
    throw new PushError(
      "--role-prefix must be a plain lower-case name, such as shop_, and not pg_.",
    );
  }
  return { prefix };
}
