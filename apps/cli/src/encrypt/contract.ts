import { sqlState } from "@postern/process";
import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { quoted } from "../quote.ts";
import { readOptions } from "../read-options.ts";
import { changeStage, runAll } from "./change-stage.ts";
import { nameOf } from "./encryption.ts";
import { triggerDrops } from "./trigger-names.ts";
import { openWork, workOptions } from "./work.ts";

const help = `Usage: pnpm postern encrypt contract [--table schema.table --column column] --yes

Drops the plain column and the triggers that watched it, once plain text is refused and nothing reads it
any more. There is no way back. Columns of the users table that Postern is bound to go with
pnpm db:migrate --to 027 --contract instead, which looks at the same things.

  --yes             the plain text may go for good
  --opener <file>   as at the start
`;

const DEPENDENT_OBJECTS = "2BP01";

export const contractEncryption: Command = {
  help,
  run: async (words, context) => {
    const { yes, ...options } = readOptions(words, {
      ...workOptions,
      yes: { type: "boolean", default: false },
    });
    await using work = await openWork(context, options);
    const { from, stage } = work.encryption;
    if (stage !== "enforce") {
      throw new CliError(
        "Plain text is not refused yet: pnpm postern encrypt enforce comes first.",
      );
    }
    if (!yes) throw new CliError(`${nameOf(from)} would be dropped for good: say --yes.`);
    const { schema, table, column } = from;
    await changeStage(work, {
      from: "enforce",
      to: "contract",
      meanwhile: (tx) =>
        runAll(tx, [
          ...triggerDrops(from),
          `alter table ${quoted(schema, table)} drop column ${quoted(column)}`,
        ]),
    }).catch(explain);
    context.print(
      `${nameOf(from)} is gone. Old copies of it last until a VACUUM FULL, in backups longer.`,
    );
    return 0;
  },
};

function explain(error: unknown): never {
  if (sqlState(error) !== DEPENDENT_OBJECTS) throw error;
  throw new CliError(
    "Other objects hang on the column, nothing was done. On a users table that Postern is bound to use pnpm db:migrate --to 027 --contract, else drop them first.",
    { cause: error },
  );
}
