import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import postgres from "postgres";
import { pushSchema } from "../push-schema.ts";
import { repositoryFolder } from "../repository.ts";

const SOURCES = ["drizzle.config.ts", "packages/schema/{package.json,{src,sql}/**/*.{ts,sql}}"];

type Target = {
  databaseUrl: string;
  databaseSchema: string;
  /** Of the embedded server; a database of the developer's own is pushed to at every start. */
  dataFolder: string | undefined;
};

/**
 * Pushes the schema, unless this very schema was pushed to this data before: starting the push to
 * learn that there is nothing to do takes a second. The note lies in the data folder, so it goes
 * where the data goes, and holds the PostgreSQL schema and the number of tables, so that another
 * schema and a dropped table are noticed.
 *
 * @returns whether there was anything to push
 */
export async function pushWhenChanged(target: Target): Promise<boolean> {
  const { databaseUrl, databaseSchema, dataFolder } = target;
  const noteFile = dataFolder && join(dataFolder, "postern-schema");
  if (!noteFile) {
    await pushSchema(databaseUrl, databaseSchema);
    return true;
  }
  const sources = digestSources();
  const noteNow = async () => `${sources} ${databaseSchema} ${await countTables(databaseUrl)}`;
  if (existsSync(noteFile) && readFileSync(noteFile, "utf8") === (await noteNow())) return false;
  await pushSchema(databaseUrl, databaseSchema);
  writeFileSync(noteFile, await noteNow(), { mode: 0o600 });
  return true;
}

function digestSources(): string {
  const hash = createHash("sha256");
  for (const file of globSync(SOURCES, { cwd: repositoryFolder }).sort()) {
    hash.update(`${file}\0`).update(readFileSync(join(repositoryFolder, file)));
  }
  return hash.digest("hex");
}

async function countTables(databaseUrl: string): Promise<string> {
  const sql = postgres(databaseUrl, { max: 1 });
  try {
    const [row] =
      await sql`select count(*) from pg_tables where schemaname !~ '^(pg_|information_)'`;
    return String(row?.count);
  } finally {
    await sql.end();
  }
}
