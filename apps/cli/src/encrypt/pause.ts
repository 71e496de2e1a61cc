import type { Command } from "../command.ts";
import { readDatabase } from "../environment.ts";
import { openDatabase } from "../open-database.ts";
import { readOptions } from "../read-options.ts";
import { chooseEncryption, columnOptions } from "./choose-encryption.ts";
import { nameOf, updateEncryption } from "./encryption.ts";

const helpOf = (
  verb: string,
  what: string,
) => `Usage: pnpm postern encrypt ${verb} [--table schema.table --column column]

${what}
`;

const setting = (help: string, pausedAt: () => Date | null, said: string): Command => ({
  help,
  run: async (words, { environment, print }) => {
    const options = readOptions(words, columnOptions);
    await using database = openDatabase(readDatabase(environment).url, 1);
    const { sql } = database;
    const { from } = await chooseEncryption(sql, options);
    await updateEncryption(sql, from, { paused_at: pausedAt() });
    print(`${nameOf(from)}: ${said}`);
    return 0;
  },
});

export const pauseEncryption = setting(
  helpOf(
    "pause",
    "Lets every worker, here and elsewhere, wait after the batch that it is in. What the app\nwrites is still watched.",
  ),
  () => new Date(),
  "paused; pnpm postern encrypt resume lets the workers go on",
);

export const resumeEncryption = setting(
  helpOf("resume", "Lets workers that wait go on. It starts none."),
  () => null,
  "goes on where workers wait",
);
