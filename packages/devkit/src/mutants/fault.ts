import { MutantsError } from "./mutants-error.ts";

/** One mistake in the source that a test has to notice. */
export type Fault = Readonly<{
  /** `<area>/<name>`; the area is the name of the list it stands in. */
  name: string;
  /** The source file that it changes, from the root of the repository. */
  file: string;
  /** The promise that it breaks. */
  breaks: string;
  /** The test files that have to notice, from the root of the repository. */
  tests: readonly string[];
  /** The exact text that it replaces; it stands once in the file. */
  from: string;
  to: string;
}>;

const FIELD = /^(file|breaks|tests): (.+)$/;

type Draft = {
  name: string;
  fields: Map<string, string>;
  from: string[];
  to: string[];
};

/**
 * Reads a list of faults. Each begins with `# name`; then the fields `file`, `breaks` and `tests`,
 * then the lines to take out, each after `- `, and the lines to put in their place, each after `+ `.
 * An empty line is passed over. Throws MutantsError, which names the list and the line.
 */
export function parseFaults(area: string, text: string): Fault[] {
  const drafts: Draft[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.startsWith("# ")) {
      drafts.push({ name: `${area}/${line.slice(2)}`, fields: new Map(), from: [], to: [] });
    } else if (line.trim() !== "" && !addLine(drafts.at(-1), line)) {
      throw new MutantsError(`${area}.faults, line ${index + 1}: neither a field nor a change`);
    }
  }
  return drafts.map(finish);
}

/** A line that is only the sign stands for an empty line of the source. */
function addLine(draft: Draft | undefined, line: string): boolean {
  if (!draft) return false;
  const [, name, value] = FIELD.exec(line) ?? [];
  if (name && value) return Boolean(draft.fields.set(name, value));
  const lines = { "-": draft.from, "+": draft.to }[line.charAt(0)];
  if (!lines || !(line.length === 1 || line.charAt(1) === " ")) return false;
  lines.push(line.slice(2));
  return true;
}

function finish({ name, fields, from, to }: Draft): Fault {
  const [file, breaks, tests] = ["file", "breaks", "tests"].map((field) => fields.get(field));
  if (!file || !breaks || !tests || from.length === 0) {
    throw new MutantsError(`${name} needs file, breaks, tests, and the text that it replaces`);
  }
  return {
    name,
    file,
    breaks,
    tests: tests.split(" "),
    from: from.join("\n"),
    to: to.join("\n"),
  };
}
