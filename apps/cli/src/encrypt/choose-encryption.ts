import type { PlainColumn } from "@postern/schema/encryption";
import type { Sql } from "postgres";
import { CliError } from "../cli-error.ts";
import { type Encryption, nameOf, readEncryptions } from "./encryption.ts";

/** `--table schema.table --column column`, which every verb takes. */
export const columnOptions = {
  table: { type: "string" },
  column: { type: "string" },
} as const;

export type ColumnWords = {
  readonly table?: string | undefined;
  readonly column?: string | undefined;
};

/** The column meant; null where neither option was given. Throws CliError where one is missing or bad. */
export function readColumn({ table, column }: ColumnWords): PlainColumn | null {
  if (table === undefined && column === undefined) return null;
  const parts = table?.split(".") ?? [];
  const [schema = "", name = ""] = parts.length === 1 ? ["public", ...parts] : parts;
  if (parts.length > 2 || schema === "" || name === "" || !column) {
    throw new CliError("Name a column by --table public.users --column phone_number.");
  }
  return { schema, table: name, column };
}

/** The encryption meant by the options; the only one there is where they name none. */
export async function chooseEncryption(sql: Sql, words: ColumnWords): Promise<Encryption> {
  const wanted = readColumn(words);
  const all = await readEncryptions(sql);
  const [first, ...others] = wanted
    ? all.filter(({ from }) => nameOf(from) === nameOf(wanted))
    : all;
  if (first && others.length === 0) return first;
  if (!first) {
    const what = wanted ? nameOf(wanted) : "any column";
    throw new CliError(`Nobody began to encrypt ${what}: see pnpm postern encrypt start --help.`);
  }
  const names = all.map(
    ({ from }) => `--table ${from.schema}.${from.table} --column ${from.column}`,
  );
  throw new CliError(`Name one of the columns: ${names.join("; ")}.`);
}
