import { COMPILE_CACHE, repositoryFolder } from "./repository.ts";
import { run } from "./run.ts";

/**
 * Runs the push of packages/schema on a database. Throws what it said when it refuses or fails.
 *
 * The PostgreSQL schema is always told, so that one in a shell or a `.env` does not choose it.
 */
export async function pushSchema(databaseUrl: string, schema = "postern"): Promise<void> {
  const result = await run(
    process.execPath,
    ["packages/schema/src/command/main.ts", "push", "--yes"],
    {
      cwd: repositoryFolder,
      environment: {
        ...COMPILE_CACHE,
        ...process.env,
        DATABASE_URL: databaseUrl,
        DATABASE_SCHEMA: schema,
      },
    },
  );
  if (!result.ok) throw new Error(`The push of the schema failed:\n${result.everything.trim()}`);
}
