import type { Command } from "../command.ts";
import { readOptions } from "../read-options.ts";
import { openAccountOperator } from "./open-account-operator.ts";
import { readWhom, whomHelp, whomOptions } from "./read-whom.ts";

const help = `Usage: pnpm postern user export --email <address> | --id <id>

Prints everything that is kept about an account as JSON, its phone number in clear and no secret:
docs/personal-data.md says what that is. An account_exported event is written. Exits with 1 where
there is no such account.

${whomHelp}
`;

export const exportUser: Command = {
  help,
  run: async (words, context) => {
    const whom = readWhom(readOptions(words, whomOptions));
    await using operator = await openAccountOperator(context);
    const exported = await operator.exportAccount(whom);
    if (exported) context.print(JSON.stringify(exported, null, 2));
    else context.note("postern: there is no such account.");
    return exported ? 0 : 1;
  },
};
