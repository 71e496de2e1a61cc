import { startPostgres } from "@postern/devkit";
import { NotSeenError } from "./story/expect-seen.ts";
import { walk } from "./story/walk.ts";

const tell = (line: string) => void process.stdout.write(`${line}\n`);

/** Tells the story on DATABASE_URL, which must be empty, or on a PostgreSQL to throw away. */
async function run(databaseUrl: string | undefined): Promise<void> {
  if (databaseUrl) return walk(databaseUrl, tell);
  await using postgres = await startPostgres();
  await walk(postgres.url, tell);
}

try {
  // biome-ignore lint/style/noProcessEnv: the one place where this program reads its environment.
  await run(process.env.DATABASE_URL);
  tell("\nEvery step was seen.");
} catch (error) {
  const isOurs = error instanceof NotSeenError;
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(`\nexisting-app: ${isOurs ? `not seen: ${reason}` : reason}\n`);
  process.exitCode = 1;
}
