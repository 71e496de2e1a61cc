import { parseArgs } from "node:util";
import { PushError } from "../push/push-error.ts";
import { renderSchema } from "../push/render-schema.ts";
import { declarationOptions, readRoles } from "./declaration-options.ts";
import { NO_CONFIG, readDrizzleConfig } from "./drizzle-config.ts";
import { loadDeclaration } from "./load-declaration.ts";

const HELP = `Usage: postern-schema sql [options]

Prints the whole SQL for an empty database: schema, tables, keys, indexes, and what hangs on them.
Needs no database. One transaction, for psql.

  --schema <file>      a file that exports the tables; may be given more than once. Without it:
                       what drizzle.config.ts names as its schema
  --role-prefix <p>    of the roles that get grants (default postern_)
  --without-roles      make no roles and grant nothing
  --help               this text
`;

/** Returns the exit code. Throws PushError. */
export async function runSql(words: readonly string[]): Promise<number> {
  const values = readValues(words);
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

function readValues(words: readonly string[]) {
  const options = { ...declarationOptions, help: { type: "boolean", default: false } } as const;
  try {
    return parseArgs({ args: words.filter((word) => word !== "--"), options }).values;
  } catch (error) {
    const [first] = (error as Error).message.split(/[.\n]/);
    throw new PushError(`${first}. See postern-schema sql --help.`, { cause: error });
  }
}
