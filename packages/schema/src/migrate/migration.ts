import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** One numbered file of migrations/, as its header says. See migrations/README.md. */
export type Migration = {
  /** Its name without `.sql`, such as `025a_validate_constraints`. */
  readonly version: string;
  /** What `--to` and `--back-to` are compared with, such as `025`. */
  readonly number: string;
  /** SHA-256 of the file. */
  readonly checksum: string;
  readonly sql: string;
  /** The security table that it makes: left out where that is not declared. */
  readonly table: string | undefined;
  /** The security tables that it changes: left out where none of them is declared. */
  readonly alters: readonly string[];
  /** SQL that takes away what it changed of them. */
  readonly back: readonly string[];
  /** What it makes of the users table, in our own names. */
  readonly columns: readonly string[];
  readonly constraints: readonly string[];
  readonly validates: readonly string[];
  readonly index: string | undefined;
  /** Columns of the users table that it drops. */
  readonly removes: readonly string[];
  /** Queries that give a row for each thing that is in the way, in words. */
  readonly requires: readonly string[];
  readonly backRequires: readonly string[];
  readonly isTransactional: boolean;
  /** Runs with --contract only, and has no way back. */
  readonly isContract: boolean;
  /** Stands for the repeatable SQL. */
  readonly isRepeatable: boolean;
};

/** The same from src and from dist. */
const MIGRATIONS_FOLDER = resolve(import.meta.dirname, "../../migrations");

const WORDS = [
  "table",
  "alters",
  "back",
  "columns",
  "constraints",
  "validates",
  "index",
  "removes",
  "requires",
  "back-requires",
  "no-transaction",
  "contract",
  "repeatable",
] as const;

type Word = (typeof WORDS)[number];

/** Every file, in the order in which they run. */
export function readMigrations(): Migration[] {
  return readdirSync(MIGRATIONS_FOLDER)
    .filter((name) => name.endsWith(".sql"))
    .sort()
    .map((name) => parseMigration(name, readFileSync(join(MIGRATIONS_FOLDER, name), "utf8")));
}

/** Throws on a word that the header language does not have. */
function parseMigration(name: string, sql: string): Migration {
  const header = [...sql.matchAll(/^-- postern: (\S+)(?: (.*))?$/gm)].map(
    ([, word = "", rest = ""]) => [checkWord(name, word), rest.trim()] as const,
  );
  const lines = (word: Word) => header.filter(([other]) => other === word).map(([, rest]) => rest);
  const names = (word: Word) => lines(word).flatMap((rest) => rest.split(" "));
  const has = (word: Word) => lines(word).length > 0;
  return {
    version: name.replace(/\.sql$/, ""),
    number: name.slice(0, 3),
    checksum: createHash("sha256").update(sql).digest("hex"),
    sql,
    table: lines("table")[0],
    alters: names("alters"),
    back: lines("back"),
    columns: names("columns"),
    constraints: names("constraints"),
    validates: names("validates"),
    index: lines("index")[0],
    removes: names("removes"),
    requires: lines("requires"),
    backRequires: lines("back-requires"),
    isTransactional: !has("no-transaction"),
    isContract: has("contract"),
    isRepeatable: has("repeatable"),
  };
}

function checkWord(name: string, word: string): Word {
  const known = WORDS.find((other) => other === word);
  if (!known) throw new Error(`${name}: its header has no word "${word}".`);
  return known;
}
