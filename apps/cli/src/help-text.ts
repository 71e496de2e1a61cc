import { commands } from "./commands.ts";

type Named = readonly [name: string, about: string];

const listed = (entries: readonly Named[]): string => {
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, about]) => `  ${name.padEnd(width)}   ${about}`).join("\n");
};

const verbsOf = (noun: string): Named[] =>
  Object.entries(commands[noun]?.verbs ?? {}).map(([verb, { about }]) => [
    `${noun} ${verb}`,
    about,
  ]);

/** All commands, or those of one noun. */
export function helpText(noun?: string): string {
  const named = noun ? verbsOf(noun) : Object.keys(commands).flatMap(verbsOf);
  return `Usage: pnpm postern <command> [options]

${listed(named)}

The environment, and .env beside package.json, say which database and which keys: DATABASE_URL,
DATABASE_SCHEMA and the keys, each also as NAME_FILE. \`pnpm postern <command> --help\` says more.
`;
}
