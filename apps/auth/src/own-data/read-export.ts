import { retryConflicts } from "@postern/process";
import { personalData } from "@postern/schema/personal-data";
import { is, type SQL, sql } from "drizzle-orm";
import { getTableConfig, PgTable } from "drizzle-orm/pg-core";
import type { Deps } from "../deps.ts";

export type ExportRow = Record<string, unknown>;

/** What a table has of an account; its rows are read as they are asked for. */
export type ExportedTable = { name: string; batches: AsyncIterable<ExportRow[]> };

type ReadBatch = (work: () => Promise<ExportRow[]>) => Promise<ExportRow[]>;

export type ExportReading = {
  userId: string;
  /** Reads one batch, when it may. */
  read: ReadBatch;
  signal?: AbortSignal | undefined;
};

const ROWS_MAX = 10_000;
/** A few milliseconds of a connection and of the event loop. */
const BATCH_ROWS = 250;

/** Every table that holds rows of an account which are no secret. */
export async function* readExport(
  deps: Pick<Deps, "db" | "tables">,
  reading: ExportReading,
): AsyncGenerator<ExportedTable> {
  for (const table of Object.values(deps.tables)) {
    const columns = is(table, PgTable) ? exportedColumns(getTableConfig(table).name) : [];
    if (is(table, PgTable) && columns.length > 0) {
      const { name } = getTableConfig(table);
      yield { name, batches: readBatches(deps, { table, columns }, reading) };
    }
  }
}

/**
 * The newest rows of a table first, 10,000 of it at most. Each batch is a statement of its own:
 * between two of them no connection is held.
 */
async function* readBatches(
  { db }: Pick<Deps, "db">,
  from: { table: PgTable; columns: readonly string[] },
  { userId, read, signal }: ExportReading,
): AsyncGenerator<ExportRow[]> {
  let after: ExportRow | undefined;
  for (let count = 0; count < ROWS_MAX; count += BATCH_ROWS) {
    const query = selectBatch({ ...from, userId, after });
    const rows = await read(async () => {
      signal?.throwIfAborted();
      // The answer has begun: a conflict that is not retried would cut it off.
      return retryConflicts(() => db.execute<ExportRow>(query));
    });
    yield rows.map(withoutPlace);
    if (rows.length < BATCH_ROWS) return;
    after = rows.at(-1);
  }
}

/** Of tables whose rows belong to an account, what is no secret. */
function exportedColumns(name: string): string[] {
  const data = personalData[name];
  if (!data || !Object.hasOwn(data.personal, "user_id")) {
    return [];
  }
  const shown = Object.entries(data.personal).filter(([, column]) => !column.isSecret);
  return [...shown.map(([column]) => column), ...data.impersonal].filter(
    (column) => column !== "user_id",
  );
}

type Batch = {
  table: PgTable;
  columns: readonly string[];
  userId: string;
  /** The last row of the batch before. */
  after: ExportRow | undefined;
};

/** Where a row stands in the order, to go on behind it; not shown. */
const PLACE = { at: "place_at", id: "place_id" } as const;

function selectBatch({ table, columns, userId, after }: Batch): SQL {
  const { columns: all } = getTableConfig(table);
  const idType = sql.raw(all.find(({ name }) => name === "id")?.getSQLType() ?? "uuid");
  const hasTime = all.some(({ name }) => name === "created_at");
  // Text has the microseconds.
  const order = hasTime ? sql`created_at` : sql`null::timestamptz`;
  const beyond = hasTime
    ? sql`and (created_at, id) < (${after?.[PLACE.at]}::timestamptz, ${after?.[PLACE.id]}::${idType})`
    : sql`and id < ${after?.[PLACE.id]}::${idType}`;
  return sql`
    select ${sql.join(
      columns.map((column) => sql.identifier(column)),
      sql`, `,
    )}, ${order}::text as ${sql.identifier(PLACE.at)}, id::text as ${sql.identifier(PLACE.id)}
    from ${table} where user_id = ${userId} ${after ? beyond : sql``}
    order by ${hasTime ? sql`created_at desc, id desc` : sql`id desc`} limit ${BATCH_ROWS}`;
}

function withoutPlace({ [PLACE.at]: _at, [PLACE.id]: _id, ...row }: ExportRow): ExportRow {
  return row;
}
