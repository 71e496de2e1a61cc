import { checkDatabaseUrl } from "../database/database-url.ts";
import {
  type MigrateResult,
  migrateSecuritySchema,
  readMigrationStatus,
  readPendingSql,
} from "../migrate/migrate-security-schema.ts";
import { eventText, resultText, statusText } from "../migrate/report.ts";
import { readDatabaseUrl } from "../push/settings.ts";
import { readDrizzleConfig } from "./drizzle-config.ts";
import { loadDeclaration } from "./load-declaration.ts";
import { migrateHelp, type Options, readOptions } from "./migrate-options.ts";
import { programOf } from "./program.ts";

/** Returns the exit code. Throws PushError. */
export async function runMigrate(words: readonly string[]): Promise<number> {
  const program = programOf("migrate");
  const options = readOptions(words, program);
  if (options.mode === "help") {
    process.stdout.write(migrateHelp(program));
    return 0;
  }
  const folder = process.cwd();
  const config = await readDrizzleConfig(folder);
  const url = readDatabaseUrl(process.env, folder) ?? config.databaseUrl;
  const isScript = program === "pnpm db:migrate";
  const databaseUrl = checkDatabaseUrl(url, isScript ? "pnpm db:push" : "postern-schema push");
  const exports = await loadDeclaration(options.files, config, folder);
  process.stdout.write(await answer(options, { databaseUrl, exports }));
  return 0;
}

type Place = Parameters<typeof readMigrationStatus>[0];

async function answer(options: Options, place: Place): Promise<string> {
  const { mode, isJson } = options;
  if (mode === "sql") return readPendingSql({ ...place, ...options });
  if (mode === "status") {
    const migrations = await readMigrationStatus(place);
    return isJson ? jsonOf({ migrations }) : statusText(migrations);
  }
  const result = await migrate(options, place);
  return isJson ? jsonOf(result) : resultText(result);
}

/** What happens on the way goes to stderr: a migration may take hours. */
function migrate(options: Options, place: Place): Promise<MigrateResult> {
  return migrateSecuritySchema({
    ...place,
    ...options,
    onEvent: (event) => process.stderr.write(eventText(event)),
    onWait: () => process.stderr.write("  Another migration or push runs: waiting for it.\n"),
  });
}

const jsonOf = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
