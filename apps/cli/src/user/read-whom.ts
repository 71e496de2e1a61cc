import type { Operator } from "@postern/auth/operator";
import { normaliseEmail } from "@postern/crypto";
import { CliError } from "../cli-error.ts";

type Whom = Parameters<Operator["erase"]>[0];

/** The options of every command that is about one account. */
export const whomOptions = {
  email: { type: "string" },
  id: { type: "string" },
} as const;

export const whomHelp = `  --email   the account's email address
  --id      or its id`;

/** @throws CliError unless exactly one of both is given, and is of its form. */
export function readWhom({ email, id }: { email?: string; id?: string }): Whom {
  if ((email === undefined) === (id === undefined)) {
    throw new CliError("Name one account, by --email ada@example.com or by --id.");
  }
  return id === undefined ? { email: readEmail(email) } : { id: readId(id) };
}

/** @throws CliError for what is no address. */
export function readEmail(typed: string | undefined): string {
  const email = normaliseEmail(typed ?? "");
  if (email === null) {
    throw new CliError("--email takes one plain email address, as ada@example.com.");
  }
  return email;
}

function readId(id: string): string {
  if (!/^[\w-]{1,64}$/.test(id)) {
    throw new CliError("--id takes the id of an account.");
  }
  return id;
}
