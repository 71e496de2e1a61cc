import type { PlainColumn } from "@postern/schema/encryption";
import type { Sql } from "postgres";
import { CliError } from "../cli-error.ts";
import { readColumn } from "./choose-encryption.ts";
import { describeTable, type TableFacts } from "./describe-table.ts";
import {
  type Encryption,
  isInPlace,
  type Normalisation,
  nameOf,
  normalisations,
} from "./encryption.ts";
import { SECOND_FACTOR_COLUMNS } from "./second-factor.ts";

export const planOptions = {
  into: { type: "string" },
  index: { type: "string" },
  hint: { type: "string" },
  normalise: { type: "string" },
  "default-country": { type: "string" },
} as const;

type PlanWords = { readonly [K in keyof typeof planOptions]?: string | undefined } & {
  readonly table?: string | undefined;
  readonly column?: string | undefined;
  readonly opener?: string | undefined;
};

const TEXTS: readonly string[] = ["text", "character varying", "character"];

/** What `encrypt start` is asked to do, held to what the database has. Throws CliError on every mistake. */
export async function planEncryption(sql: Sql, words: PlanWords): Promise<Encryption> {
  const from = readColumn(words);
  if (!from || !words.into) {
    throw new CliError(
      "Say what goes where: --table public.users --column phone_number --into encrypted_phone_number.",
    );
  }
  const facts = await describeTable(sql, from);
  requireText(from, facts, words.into);
  const into = readInto(words.into, from);
  const normalise = readNormalisation(words.normalise);
  const shape = { from, into, normalise };
  const plan: Encryption = {
    ...shape,
    indexColumn: words.index ?? null,
    hintColumn: hintFor(words.hint, { ...shape, facts }),
    idColumn: facts.idColumn,
    defaultCountry: readCountry(words["default-country"], normalise),
    hasOpener: words.opener !== undefined,
    stage: "expand",
    made: [],
    unfinished: null,
    pausedAt: null,
    lastError: null,
  };
  if (!isInPlace(plan)) {
    await requireSecondFactors(sql, plan);
    return plan;
  }
  requirePlaces(plan, facts);
  return { ...plan, made: missingOf(plan, facts) };
}

function requireText(from: PlainColumn, { columns }: TableFacts, into: string): void {
  const type = columns.get(from.column);
  if (type === undefined) throw new CliError(`There is no column ${nameOf(from)}.`);
  if (!TEXTS.includes(type)) {
    throw new CliError(`${nameOf(from)} is ${type}: only columns of text can be encrypted.`);
  }
  if (into === from.column) throw new CliError("--into must be another column.");
}

/** `column`, of the same table, or `schema.table.column`. */
function readInto(text: string, from: PlainColumn): PlainColumn {
  const parts = text.split(".");
  const [schema = "", table = "", column = ""] =
    parts.length === 1 ? [from.schema, from.table, ...parts] : parts;
  const isNamed = (parts.length === 1 || parts.length === 3) && schema && table && column;
  if (!isNamed)
    throw new CliError("--into takes a column of the same table, or schema.table.column.");
  return { schema, table, column };
}

function readNormalisation(text = "none"): Normalisation {
  const found = normalisations.find((name) => name === text);
  if (!found) throw new CliError(`--normalise takes ${normalisations.join(", ")}.`);
  return found;
}

function readCountry(text: string | undefined, normalise: Normalisation): string | null {
  if (text === undefined) return null;
  if (normalise !== "phone" || !/^[A-Z]{2}$/.test(text)) {
    throw new CliError(
      "--default-country takes an ISO code, as KE, and goes with --normalise phone.",
    );
  }
  return text;
}

type Shape = Pick<Encryption, "from" | "into" | "normalise"> & { readonly facts: TableFacts };

/** Postern's own hint column is filled without being asked for: its views show the mask. */
function hintFor(hint: string | undefined, { from, into, normalise, facts }: Shape): string | null {
  const usual = `${from.column}_hint`;
  if (hint !== undefined && (normalise === "none" || !isInPlace({ from, into }))) {
    throw new CliError(
      "--hint goes with --normalise phone or email, and a column of the same table.",
    );
  }
  return hint ?? (normalise !== "none" && facts.columns.has(usual) ? usual : null);
}

const placesOf = ({ into, indexColumn, hintColumn }: Encryption): string[] =>
  [into.column, indexColumn, hintColumn].filter((name) => name !== null);

function requirePlaces(plan: Encryption, { columns }: TableFacts): void {
  const places = placesOf(plan);
  if (new Set(places).size < places.length) {
    throw new CliError("--into, --index and --hint must be three columns.");
  }
  for (const name of places) {
    const type = columns.get(name) ?? "text";
    if (!TEXTS.includes(type)) {
      const place = nameOf({ ...plan.into, column: name });
      throw new CliError(`${place} is ${type}: sealed values need a column of text.`);
    }
  }
}

const missingOf = (plan: Encryption, { columns }: TableFacts): string[] =>
  placesOf(plan).filter((name) => !columns.has(name));

async function requireSecondFactors(sql: Sql, { into, indexColumn }: Encryption): Promise<void> {
  const { columns } = await describeTable(sql, into);
  const missing = [...SECOND_FACTOR_COLUMNS, into.column].filter((name) => !columns.has(name));
  if (missing.length > 0 || indexColumn !== null) {
    throw new CliError(
      `--into another table takes secrets to Postern's two_factor_auth, without --index; ${nameOf(into)} is none of its columns.`,
    );
  }
}
