export const commands = ["push", "check", "migrate", "sql"] as const;

export type Command = (typeof commands)[number];

export const isCommand = (word: string): word is Command =>
  (commands as readonly string[]).includes(word);

/** What was called: hints name the script of package.json where one stands before the command. */
export function programOf<C extends Command>(command: C) {
  return process.env.npm_lifecycle_event === `db:${command}`
    ? (`pnpm db:${command}` as const)
    : (`postern-schema ${command}` as const);
}
