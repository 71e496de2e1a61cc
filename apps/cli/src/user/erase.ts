import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { readOptions } from "../read-options.ts";
import { openAccountOperator } from "./open-account-operator.ts";
import { readWhom, whomHelp, whomOptions } from "./read-whom.ts";

const help = `Usage: pnpm postern user erase --email <address> | --id <id> --yes

Erases an account and all that tells of it, for good; what its logs say stays as facts about nobody.
Its owner is told by mail. Its access tokens end within a second. Exits with 1 where there is no such
account.

${whomHelp}
  --yes     needed: nothing brings the account back
`;

export const eraseUser: Command = {
  help,
  run: async (words, context) => {
    const { yes, ...named } = readOptions(words, {
      ...whomOptions,
      yes: { type: "boolean", default: false },
    });
    const whom = readWhom(named);
    if (!yes) {
      throw new CliError("Nothing brings an erased account back. Say --yes if you mean it.");
    }
    await using operator = await openAccountOperator(context);
    const isThere = await operator.erase(whom);
    if (isThere) context.print("Erased.");
    else context.note("postern: there is no such account.");
    return isThere ? 0 : 1;
  },
};
