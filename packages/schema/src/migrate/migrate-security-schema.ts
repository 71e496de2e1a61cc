import { connect } from "../database/connect.ts";
import { checkDatabaseUrl } from "../database/database-url.ts";
import { explain } from "../database/explain.ts";
import { declarationIn } from "../declared/declaration-in.ts";
import type { Declaration } from "../target.ts";
import { findRecords } from "./find-records.ts";
import { goBack } from "./go-back.ts";
import { goForward } from "./go-forward.ts";
import { readMigrations } from "./migration.ts";
import type { MigrateOptions, Place } from "./options.ts";
import { pendingSql } from "./pending-sql.ts";
import { prepareRun } from "./prepare-run.ts";
import { recordPushed } from "./record-pushed.ts";
import { readRecords } from "./records.ts";
import { refuseEdited } from "./refuse-edited.ts";
import type { DoneStep, MigrationEvent } from "./run.ts";
import { findStatus, type MigrationStatus } from "./status.ts";
import { takeTurn } from "./turn.ts";

export type MigrateResult = {
  readonly schema: string;
  readonly done: readonly DoneStep[];
  /** Migrations that wait for `contract`. */
  readonly waiting: readonly string[];
  /** What was left out, and why. */
  readonly notes: readonly string[];
};

/**
 * Runs the numbered migrations that a database lacks, each all or nothing and each recorded, beside
 * running writers. Interrupted anywhere, the next run goes on from there.
 *
 * Throws PushError, whose message is one line with the fix. What ran before it stays.
 */
export function migrateSecuritySchema(options: MigrateOptions): Promise<MigrateResult> {
  return onConnection(options, async (sql, declaration) => {
    const done: DoneStep[] = [];
    const notes: string[] = [];
    const tell = (event: MigrationEvent) => {
      if (event.kind === "done") done.push(event.step);
      if (event.kind === "note") notes.push(event.text);
      options.onEvent?.(event);
    };
    await takeTurn(sql, options.onWait ?? (() => undefined));
    const run = await prepareRun(sql, declaration, { ...options, onEvent: tell });
    const { schema } = run.target;
    const records = await readRecords(sql, schema);
    refuseEdited(run.migrations, records);
    if (options.backTo !== undefined) {
      await goBack(run, records, options.backTo);
      return { schema, done, waiting: [], notes };
    }
    const waiting = await goForward(run, await findRecords(sql, run.target), options);
    await recordPushed(run);
    return { schema, done, waiting, notes };
  });
}

/** Where each migration stands. Writes nothing and waits for nobody. */
export function readMigrationStatus(place: Place): Promise<MigrationStatus[]> {
  return onConnection(place, async (sql, { target }) =>
    findStatus(target, readMigrations(), await findRecords(sql, target)),
  );
}

/** The SQL of what would run. Writes nothing and waits for nobody. */
export function readPendingSql(place: MigrateOptions): Promise<string> {
  return onConnection(place, (sql, declaration) => pendingSql(sql, declaration, place));
}

type Connection = Awaited<ReturnType<typeof connect>>;

async function onConnection<R>(
  { databaseUrl, exports }: Place,
  work: (sql: Connection, declaration: Declaration) => Promise<R>,
): Promise<R> {
  const url = checkDatabaseUrl(databaseUrl);
  const declaration = declarationIn(exports);
  let sql: Connection | undefined;
  try {
    sql = await connect(url);
    return await work(sql, declaration);
  } catch (error) {
    const { users } = declaration.target;
    throw explain(error, url, { program: "postern-schema push", users });
  } finally {
    await sql?.end({ timeout: 1 });
  }
}
