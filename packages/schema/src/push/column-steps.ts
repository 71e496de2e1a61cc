import { literal } from "../database/literal.ts";
import { quoted } from "../database/quoted.ts";
import type { Effect, Step } from "../database/step.ts";
import type { DeclaredColumn } from "../declared/declared-table.ts";
import type { ColumnDefinition } from "../declared/definitions.ts";
import { columnSql, generation } from "../declared/statements.ts";

export type ColumnSides = {
  readonly schema: string;
  readonly table: string;
  readonly column: DeclaredColumn;
  /** What PostgreSQL made of it in the draft. */
  readonly wanted: ColumnDefinition;
  /** Undefined where the table lacks it. */
  readonly found: ColumnDefinition | undefined;
};

/** What brings one column of a standing table to what is declared. */
export function columnSteps(sides: ColumnSides): Step[] {
  const { schema, table, column, wanted, found } = sides;
  if (!found) {
    const sql = `ALTER TABLE ${quoted(schema, table)} ADD COLUMN ${columnSql(column, wanted.type)};`;
    return [{ sql, effect: "adds", about: `add column ${table}.${column.name}` }];
  }
  const isRetyped = found.type !== wanted.type;
  const isRevalued = isRetyped ? wanted.default !== null : found.default !== wanted.default;
  const losesIdentity = found.identity !== "" && wanted.identity === "";
  return [
    ...(losesIdentity ? [alter(sides, "DROP IDENTITY")] : []),
    ...(isRetyped ? retype(sides, found) : []),
    ...(isRevalued ? [alter(sides, setDefault(column))] : []),
    ...(found.isRequired === wanted.isRequired ? [] : [alter(sides, setRequired(wanted))]),
    ...(found.identity === wanted.identity || losesIdentity ? [] : setIdentity(sides, found)),
  ];
}

type Place = Pick<ColumnSides, "schema" | "table" | "column">;

function alter({ schema, table, column }: Place, action: string): Step {
  const sql = `ALTER TABLE ${quoted(schema, table)} ALTER COLUMN ${quoted(column.name)} ${action};`;
  return { sql, effect: "replaces", about: `alter column ${table}.${column.name}` };
}

const setDefault = ({ default: value }: DeclaredColumn) =>
  value === null ? "DROP DEFAULT" : `SET DEFAULT ${value}`;

const setRequired = ({ isRequired }: ColumnDefinition) => `${isRequired ? "SET" : "DROP"} NOT NULL`;

/** The old default goes first: it may not fit the new type. */
function retype(sides: ColumnSides, found: ColumnDefinition): Step[] {
  const { table, column, wanted } = sides;
  const [from, to] = [found.type, wanted.type];
  // Between texts PostgreSQL refuses what does not fit, where a written cast would cut it.
  const isText = textLength(from) > 0 && textLength(to) > 0;
  const using = isText ? "" : ` USING ${quoted(column.name)}::${to}`;
  const effect: Effect = textLength(from) <= textLength(to) ? "replaces" : "loses";
  return [
    ...(found.default === null ? [] : [alter(sides, "DROP DEFAULT")]),
    {
      ...alter(sides, `SET DATA TYPE ${to}${using}`),
      effect,
      about: `change ${table}.${column.name} from ${from} to ${to}`,
    },
  ];
}

/** How much a type of text can hold. NaN for other types: it compares as false. */
function textLength(type: string): number {
  if (type === "text" || type === "character varying") return Number.POSITIVE_INFINITY;
  return Number(/^character varying\((\d+)\)$/.exec(type)?.[1]);
}

/** A new sequence goes on where the rows end. */
function setIdentity(sides: ColumnSides, found: ColumnDefinition): Step[] {
  const { schema, table, column, wanted } = sides;
  const kind = generation(wanted.identity);
  if (found.identity !== "") return [alter(sides, `SET GENERATED ${kind}`)];
  const [place, name] = [quoted(schema, table), quoted(column.name)];
  const texts = [place, column.name].map(literal);
  return [
    alter(sides, `ADD GENERATED ${kind} AS IDENTITY`),
    {
      sql: `SELECT setval(pg_get_serial_sequence(${texts.join(", ")}), max(${name})) FROM ${place} HAVING count(*) > 0;`,
      effect: "replaces",
      about: `go on counting ${table}.${column.name}`,
    },
  ];
}
