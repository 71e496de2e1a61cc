import { renderSchema } from "../push/render-schema.ts";
import { declarationOptions, readRoles, rolesHelp, schemaHelp } from "./declaration-options.ts";
import { NO_CONFIG, readDrizzleConfig } from "./drizzle-config.ts";
import { loadDeclaration } from "./load-declaration.ts";
import { parseWords } from "./parse-words.ts";

const HELP = `Usage: postern-schema sql [options]

Prints the whole SQL for an empty database: schema, tables, keys, indexes, and what hangs on them.
Needs no database. One transaction, for psql.

${schemaHelp}
${rolesHelp}
  --help               this text
`;

const OPTIONS = { ...declarationOptions, help: { type: "boolean", default: false } } as const;

/** Returns the exit code. Throws PushError. */
export async function runSql(words: readonly string[]): Promise<number> {
  const values = parseWords(words, OPTIONS, "postern-schema sql");
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const folder = process.cwd();
  const config = values.schema.length > 0 ? NO_CONFIG : await readDrizzleConfig(folder);
  const exported = await loadDeclaration(values.schema, config, folder);
  const { sql, notes } = renderSchema(exported, readRoles(values));
  for (const note of notes) process.stderr.write(`note: ${note}\n`);
  process.stdout.write(sql);
  return 0;
}
