import type { Operator } from "@postern/auth/operator";
import { sqlState } from "@postern/process";
import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { readOptions } from "../read-options.ts";
import { openAccountOperator } from "../user/open-account-operator.ts";
import { readEmail } from "../user/read-whom.ts";

const help = `Usage: pnpm postern admin create --email <address> [--name <name>]

Makes an administrator. An account with this address becomes one, if its owner has proved the
address. Otherwise a new account is opened, and a link to set its password goes to the mailbox: no
password is printed, and none exists until then. The link is good for 30 minutes; later the owner
asks for another by "forgot password".

  --email   the administrator's email address
  --name    what a new account is called
`;

type AdminOutcome = Awaited<ReturnType<Operator["makeAdmin"]>>;

const DONE: Readonly<Partial<Record<AdminOutcome, string>>> = {
  created: "Opened. A link to set the password is on its way to the mailbox.",
  promoted: "The account is an administrator's from now on.",
  "admin already": "The account was an administrator's already. Nothing was done.",
};

const REFUSED: Readonly<Partial<Record<AdminOutcome, string>>> = {
  unverified:
    "Nobody has proved this address: whoever typed it in at sign-up would be the administrator. Let its owner verify it, or reset the password by mail, and try again.",
  disabled: "This account is disabled. Enable it first.",
  taken: "Somebody signed up with this address at this very moment. Try again.",
};

export const createAdmin: Command = {
  help,
  run: async (words, context) => {
    const options = readOptions(words, { email: { type: "string" }, name: { type: "string" } });
    const email = readEmail(options.email);
    const name = readName(options.name);
    await using operator = await openAccountOperator(context);
    const outcome = await operator.makeAdmin({ email, name }).catch(explain);
    const refusal = REFUSED[outcome];
    if (refusal) throw new CliError(refusal);
    context.print(DONE[outcome] ?? outcome);
    return 0;
  },
};

/** A view in which the role is the same for everybody takes no other. */
function explain(error: unknown): never {
  if (sqlState(error) === "0A000") {
    const message =
      "The users table has no column for a role: bind one (docs/guides/mount-postern.md).";
    throw new CliError(message, { cause: error });
  }
  throw error;
}

function readName(name: string | undefined): string | null {
  if (name !== undefined && (name.length > 200 || /\p{Cc}/u.test(name) || name.trim() === "")) {
    throw new CliError("--name takes up to 200 characters in one line.");
  }
  return name ?? null;
}
