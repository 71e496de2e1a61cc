import type { KeyRing } from "@postern/crypto";
import type { Sql, TransactionSql } from "postgres";
import { checkKeys } from "../check-keys.ts";
import { CliError } from "../cli-error.ts";
import type { Context } from "../command.ts";
import { readDatabase, readKeysOf } from "../environment.ts";
import { markAsOurs } from "../mark-as-ours.ts";
import { type Database, openDatabase } from "../open-database.ts";
import { createPace, type Pace } from "../pace.ts";
import { readRate } from "../read-rate.ts";
import { type ColumnWords, chooseEncryption, columnOptions } from "./choose-encryption.ts";
import { describeTable, type TableFacts } from "./describe-table.ts";
import type { Destination } from "./destination.ts";
import { type Encryption, isInPlace, nameOf } from "./encryption.ts";
import { keepInPlace } from "./in-place.ts";
import { loadOpener, type Opener } from "./load-opener.ts";
import { createValueReader, type ValueReader } from "./read-value.ts";
import { keepAsSecondFactor } from "./second-factor.ts";

/** All that a verb needs to work on one column. */
export type Work = {
  readonly sql: Sql;
  readonly encryption: Encryption;
  readonly facts: TableFacts;
  readonly destination: Destination;
  readonly values: ValueReader;
  readonly ring: KeyRing;
  readonly opener: Opener | null;
  /** Of the batches of rows that are sealed or compared. */
  readonly pace: Pace;
  readonly context: Context;
};

/** What every verb that reads values takes. */
export const workOptions = { ...columnOptions, opener: { type: "string" } } as const;

/** And those that may take long. */
export const pacedOptions = { ...workOptions, rate: { type: "string" } } as const;

type WorkWords = ColumnWords & {
  readonly opener?: string | undefined;
  readonly rate?: string | undefined;
};

type WorkSettings = { readonly connectionsMax?: number };

/**
 * Opens a verb's work on a column that somebody began to encrypt. The keys are held to the database's
 * first.
 *
 * @throws CliError where there is no such column, or its opener is missing
 */
export async function openWork(
  context: Context,
  words: WorkWords,
  { connectionsMax = 2 }: WorkSettings = {},
): Promise<AsyncDisposable & Work> {
  const pace = createPace(readRate(words.rate));
  const { url } = readDatabase(context.environment);
  const keys = readKeysOf(context.environment);
  await checkKeys(url, keys);
  await using parts = new AsyncDisposableStack();
  const { sql } = parts.use<Database>(openDatabase(url, connectionsMax));
  const encryption = await chooseEncryption(sql, words);
  const opener = await openerOf(encryption, words.opener);
  const facts = await describeTable(sql, encryption.from);
  if (!facts.columns.has(encryption.from.column)) {
    throw new CliError(`${nameOf(encryption.from)} is gone: it is encrypted for good.`);
  }
  const destination = isInPlace(encryption)
    ? keepInPlace(encryption, facts)
    : keepAsSecondFactor(encryption, facts);
  const values = createValueReader(encryption, { digests: keys.digests, opener });
  const opened = parts.move();
  return {
    ...{ sql, encryption, facts, destination, values, ring: keys.ring, opener, pace, context },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function openerOf(encryption: Encryption, path: string | undefined): Promise<Opener | null> {
  if (path !== undefined && !encryption.hasOpener) {
    throw new CliError(`${nameOf(encryption.from)} holds plain text: leave --opener out.`);
  }
  if (encryption.hasOpener && path === undefined) {
    throw new CliError(`${nameOf(encryption.from)} was begun with --opener: give it again.`);
  }
  return path === undefined ? null : loadOpener(path);
}

/** A transaction whose changes the triggers of the column do not take for somebody else's. */
export const inOwnTransaction = async <R>(
  { sql }: Pick<Work, "sql">,
  change: (tx: TransactionSql) => Promise<R>,
): Promise<R> => {
  const result = await sql.begin(async (tx) => {
    await markAsOurs(tx);
    return change(tx);
  });
  return result as R;
};

/** What the sealed value of a row is bound to. */
export const placeOf = ({ into }: Encryption, rowId: string) => ({
  table: into.table,
  column: into.column,
  rowId,
});
