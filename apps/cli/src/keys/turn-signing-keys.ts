import { CliError } from "../cli-error.ts";
import type { Context } from "../command.ts";
import { readDatabase } from "../environment.ts";
import { openDatabase } from "../open-database.ts";
import { quoted } from "../quote.ts";

/** As the auth service has it: a verifier must have met a key before it signs. */
const SERVED = "20 minutes";
/** Tokens that live longer than the 15 minutes of the default are told by ACCESS_TOKEN_SECONDS. */
const TOKEN_SECONDS = 900;
const MARGIN_SECONDS = 120;

const REASONS: Readonly<Record<string, string>> = {
  "no key": "There is no next key yet: the auth service makes it at its first start.",
  "next is too young": `The next key has not been served for ${SERVED}: verifiers may not know it yet. Try again then.`,
  "tokens of the previous live":
    "The keys were turned a moment ago: tokens of the previous key still live. Try again in a quarter of an hour.",
};

/** Turns the keys that sign access tokens, under the same rules as the service does by itself. */
export async function turnSigningKeys({ environment, print }: Context): Promise<number> {
  const { url, schema } = readDatabase(environment);
  const tokenSeconds = Number(environment.ACCESS_TOKEN_SECONDS ?? TOKEN_SECONDS);
  await using database = openDatabase(url, 1);
  const [row] = await database.sql.unsafe<{ outcome: string }[]>(
    `select ${quoted(schema)}.turn_signing_keys(interval '0', $1::interval, make_interval(secs => $2)) as outcome`,
    [SERVED, tokenSeconds + MARGIN_SECONDS],
  );
  const outcome = row?.outcome ?? "no key";
  if (outcome !== "turned") throw new CliError(REASONS[outcome] ?? outcome);
  print("The next key signs from now on; every service has it within a minute.");
  return 0;
}
