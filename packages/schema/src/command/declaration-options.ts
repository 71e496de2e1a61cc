import { PushError } from "../database/push-error.ts";
import { DEFAULT_ROLES, type Roles } from "../repeatable/roles.ts";

/** For the help of each command that takes declarationOptions. */
export const schemaHelp = `\
  --schema <file>      a file that exports the tables; may be given more than once. Without it:
                       what drizzle.config.ts names as its schema`;
export const rolesHelp = `\
  --role-prefix <p>    of the roles that get grants (default ${DEFAULT_ROLES.prefix})
  --without-roles      make no roles and grant nothing`;

/** For parseArgs(): what is mounted, and for whom. */
export const declarationOptions = {
  schema: { type: "string", multiple: true, default: [] as string[] },
  "role-prefix": { type: "string", default: DEFAULT_ROLES.prefix },
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
