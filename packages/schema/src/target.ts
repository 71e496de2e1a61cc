import { is } from "drizzle-orm";
import { getTableConfig, PgTable } from "drizzle-orm/pg-core";
import { keyTypeOf } from "./key-type-of.ts";
import { type Mark, markOf } from "./mark.ts";
import { snakeCase } from "./snake-case.ts";
import { type UsersColumn, usersColumns } from "./users-columns.ts";
import { boundUsers } from "./users-of.ts";

/**
 * What is to be mounted where, in SQL names: everything that is not a table is rendered from it.
 */
export type Target = {
  /** PostgreSQL schema of the security tables. */
  readonly schema: string;
  /** Those of ours that are declared, `users` among them only where it is ours. */
  readonly tables: readonly string[];
  readonly users: TargetUsers;
};

export type TargetUsers = {
  readonly schema: string;
  readonly table: string;
  /** SQL name of its id. */
  readonly id: string;
  /** SQL type of its id, such as `uuid`. */
  readonly idType: string;
  readonly isOurs: boolean;
  /** SQL name of each column: as declared, else as ours are called. It need not exist. */
  readonly columns: Readonly<Record<UsersColumn, string>>;
  readonly declared: ReadonlySet<UsersColumn>;
};

export type Declaration = { readonly target: Target; readonly tables: readonly PgTable[] };

/**
 * Finds our tables among what a module exports. Everything else in it is passed over.
 *
 * Throws where there is none, or where they do not share one schema and one users table.
 */
export function findDeclaration(exported: Readonly<Record<string, unknown>>): Declaration {
  const tables = [...new Set(Object.values(exported).filter(isOurs))];
  const [first] = tables;
  const bound = first && markOf(first);
  if (!bound) {
    throw new Error(explainNothing(exported));
  }
  const configs = tables.map(getTableConfig);
  const schemas = new Set(configs.map(({ schema }) => schema ?? "public"));
  if (schemas.size > 1) {
    throw new Error(`Its security tables lie in ${[...schemas].join(" and ")}: bind them to one.`);
  }
  const users = describeUsers(bound);
  const isElsewhere = (table: PgTable) => {
    const other = describeUsers(markOf(table) as Mark);
    return other.schema !== users.schema || other.table !== users.table;
  };
  if (tables.some(isElsewhere)) {
    throw new Error("Its security tables hang from two users tables: bind them to one.");
  }
  const [schema = "public"] = schemas;
  return { target: { schema, tables: configs.map(({ name }) => name), users }, tables };
}

const isOurs = (value: unknown): value is PgTable => is(value, PgTable) && !!markOf(value);

/** Most often the tables were left in one object, where drizzle-kit does not find them either. */
function explainNothing(exported: Readonly<Record<string, unknown>>): string {
  for (const [path, value] of Object.entries(exported)) {
    const names = Object.entries(value ?? {}).flatMap(([name, table]) =>
      isOurs(table) ? [name] : [],
    );
    if (names.length > 0) {
      const name = path.replace(/^.*#/, "");
      return `Its tables lie in the object ${name}, but drizzle finds them only as exports of their own. Write: export const { pgSchema, ${names.join(", ")} } = ${name === "default" ? "createSecuritySchema(…)" : name};`;
    }
  }
  return "It exports none of our tables. Export what createSecuritySchema() returns.";
}

function describeUsers(mark: Mark): TargetUsers {
  const { table, id, column } = boundUsers(mark);
  const config = getTableConfig(table);
  return {
    schema: config.schema ?? "public",
    table: config.name,
    id: id.name,
    idType: keyTypeOf(id.getSQLType()),
    isOurs: markOf(mark.users) !== undefined,
    columns: Object.fromEntries(
      usersColumns.map((part) => [part, column(part)?.name ?? snakeCase(part)]),
    ) as Record<UsersColumn, string>,
    declared: new Set(usersColumns.filter((part) => column(part))),
  };
}
