import { literal } from "../database/literal.ts";

/** What a template of sql/ is filled with. */
export type Values = {
  /** `:name` is written as it stands here. */
  readonly sql: Readonly<Record<string, string>>;
  /** `:'name'` is written as a string. */
  readonly text: Readonly<Record<string, string>>;
  /** `:name(of)` is written by calling it. */
  readonly macros: Readonly<Record<string, (of: string) => string>>;
  /** What holds, for `--if a b`: all of them. */
  readonly holds: ReadonlySet<string>;
};

const PLACE = /(?<![:\w]):(?:'(?<text>\w+)'|(?<sql>u\.\w+|\w+))/g;
const MACRO = /(?<![:\w]):(?<name>\w+)\((?<of>[^()]*)\)/g;

/**
 * Fills a template: its conditions (`--if`, `--else`, `--end`, on lines of their own), its macros,
 * its placeholders. The comment at its head stays behind, so that a change of words changes nothing
 * in a database.
 *
 * Throws where a template asks for what there is not: a fault of ours.
 */
export function renderSql(template: string, values: Values): string {
  const { sql, text, macros } = values;
  const lines = linesThatHold(template, values.holds);
  const body = lines.slice(lines.findIndex((line) => !line.startsWith("--"))).join("\n");
  return body
    .replace(MACRO, (whole, name: string, of: string) => macros[name]?.(of) ?? whole)
    .replace(PLACE, (whole, inText: string | undefined, inSql: string | undefined) => {
      const value = inText === undefined ? sql[String(inSql)] : text[inText];
      if (value === undefined) throw new Error(`Nothing is known of ${whole} in a template.`);
      return inText === undefined ? value : literal(value);
    })
    .trim();
}

function linesThatHold(template: string, holds: ReadonlySet<string>): string[] {
  const conditions: boolean[] = [];
  const lines: string[] = [];
  for (const line of template.split("\n")) {
    const [word, ...names] = line.split(" ");
    if (word === "--if") conditions.push(names.every((name) => holds.has(name)));
    else if (word === "--else") conditions.push(!conditions.pop());
    else if (word === "--end") conditions.pop();
    else if (conditions.every(Boolean)) lines.push(line);
  }
  return lines;
}
