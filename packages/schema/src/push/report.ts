import type { PushResult } from "./push-security-schema.ts";
import type { Step } from "./step.ts";

const MARKS = { adds: "+", replaces: "~", loses: "!" } as const;

/** One line a statement; whole bodies of tables would hide the lines that matter. */
export function planText(steps: readonly Step[]): string {
  return steps.map(({ sql, effect }) => `  ${MARKS[effect]} ${firstLine(sql)}\n`).join("");
}

function firstLine(sql: string): string {
  const [line = "", ...more] = sql.trim().split("\n");
  return more.length > 0 ? `${line.replace(/\s*\($/, "")} (…)` : line;
}

/** What to tell a person once a push has ended. Refusals go to stderr: see refusalText. */
export function resultText({ outcome, schema, tables, milliseconds, steps }: PushResult): string {
  const seconds = `${(milliseconds / 1000).toFixed(1)} s`;
  switch (outcome) {
    case "nothing to do":
      return `Nothing to do: the ${tables.length} tables in ${schema} are as declared (${seconds}).\n${listHint(schema)}`;
    case "applied":
      return `Done in ${seconds}: ${steps.length} statements. ${tables.length} tables in ${schema}:\n${columns(tables)}${listHint(schema)}`;
    case "different":
      return `${steps.length} statements to run: pnpm db:push\n`;
    case "refused":
    case "declined":
      return "";
  }
}

/** One line, or nothing where the push was not refused. */
export function refusalText({ outcome, steps }: PushResult): string {
  if (outcome === "declined") return "Nothing was done.";
  if (outcome !== "refused") return "";
  const losses = steps.filter(({ effect }) => effect === "loses").map(({ about }) => about);
  return `Refused, nothing was done: this would ${losses.join("; ")}. Back it up, then run again with --accept-data-loss.`;
}

function columns(tables: readonly string[]): string {
  const width = Math.max(...tables.map((name) => name.length)) + 2;
  const perLine = Math.max(1, Math.floor(78 / width));
  const rows = Array.from({ length: Math.ceil(tables.length / perLine) }, (_, row) =>
    tables.slice(row * perLine, (row + 1) * perLine),
  );
  return rows
    .map(
      (row) =>
        `  ${row
          .map((name) => name.padEnd(width))
          .join("")
          .trimEnd()}\n`,
    )
    .join("");
}

const listHint = (schema: string) => `List them: psql "$DATABASE_URL" -c '\\dt ${schema}.*'\n`;

export function resultJson(result: PushResult): string {
  return `${JSON.stringify(result, null, 2)}\n`;
}
