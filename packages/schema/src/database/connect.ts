import type { Sql } from "postgres";
import { PushError } from "./push-error.ts";

const CONNECT_SECONDS = 5;
/** Where GENERATED identities, MERGE and NULLS NOT DISTINCT can be relied on. */
const POSTGRES_MAJOR_MIN = 15;

/** One connection, opened and checked. Throws what the driver throws: see explain.ts. */
export async function connect(databaseUrl: string): Promise<Sql> {
  const { default: postgres } = await import("postgres").catch((error: unknown) => {
    throw missingDriver(error);
  });
  const sql = postgres(databaseUrl, {
    max: 1,
    connect_timeout: CONNECT_SECONDS,
    max_lifetime: null,
    // A pooler that hands each transaction to another session knows none of the statements of
    // before.
    prepare: false,
    onnotice: () => undefined,
    connection: { application_name: "postern db:push" },
  });
  try {
    const [server] = await sql`select pg_catalog.current_setting('server_version_num') as number`;
    refuseOldServer(Number(server?.number));
    return sql;
  } catch (error) {
    await sql.end({ timeout: 1 });
    throw error;
  }
}

/** Takes `server_version_num`, such as 180004. */
export function refuseOldServer(versionNumber: number): void {
  const major = Math.floor(versionNumber / 10_000);
  if (major < POSTGRES_MAJOR_MIN) {
    throw new PushError(
      `The server is PostgreSQL ${major}. Postern needs ${POSTGRES_MAJOR_MIN} or newer.`,
    );
  }
}

/** The driver is an optional peer: an app that never pushes does without. */
function missingDriver(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== "ERR_MODULE_NOT_FOUND") return error;
  return new PushError("Pushing needs postgres@3: npm install --save-dev postgres@3", {
    cause: error,
  });
}
