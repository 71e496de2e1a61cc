import type { Program } from "../database/program.ts";
import { quoted } from "../database/quoted.ts";
import { renderTransaction } from "../database/render-transaction.ts";
import type { Step } from "../database/step.ts";
import type { PushResult } from "./push-security-schema.ts";

const MARKS = { adds: "+", replaces: "~", loses: "!" } as const;

/** One line a statement; whole bodies of tables would hide the lines that matter. */
export function planText(steps: readonly Step[]): string {
  return steps.map((step) => `  ${MARKS[step.effect]} ${lineOf(step)}\n`).join("");
}

/** A block of PL/pgSQL begins with nothing that tells what it does. */
const lineOf = ({ sql, about }: Step) => (sql.startsWith("do $$") ? about : firstLine(sql));

function firstLine(sql: string): string {
  const lines = sql.trim().split("\n");
  const [line = "", ...more] = lines.filter((text) => !text.startsWith("--"));
  return more.length > 0 ? `${line.replace(/\s*\($/, "")} (…)` : line;
}

/** What to tell a person once a push has ended. Refusals go to stderr: see refusalText. */
export function resultText(result: PushResult, program: Program): string {
  const { outcome, schema, tables, milliseconds, steps } = result;
  const seconds = `${(milliseconds / 1000).toFixed(1)} s`;
  switch (outcome) {
    case "nothing to do":
      return `Nothing to do: the ${tables.length} tables in ${schema} are as declared (${seconds}).\n${listHint(schema)}`;
    case "applied":
      return `Done in ${seconds}: ${steps.length} statements. ${tables.length} tables in ${schema}:\n${columns(tables)}${listHint(schema)}`;
    case "different":
      return `${steps.length} statements to run: ${program}\n`;
    case "refused":
    case "declined":
      return "";
  }
}

/** One line, or nothing where the push was not refused. */
export function refusalText(result: PushResult, { isSql }: { isSql: boolean }): string {
  const { outcome, steps } = result;
  const losses = steps.filter(({ effect }) => effect === "loses").map(({ about }) => about);
  const would = `this would ${losses.join("; ")}`;
  if (outcome === "declined") return "Nothing was done.";
  if (isSql && losses.length > 0) return `Mind that ${would}.`;
  return outcome === "refused"
    ? `Refused, nothing was done: ${would}. Back it up, then run again with --accept-data-loss.`
    : "";
}

/** What the plan would do, for psql. */
export const sqlText = ({ steps }: PushResult) =>
  steps.length > 0 ? renderTransaction(steps.map(({ sql }) => sql)) : "-- Nothing to do.\n";

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

function listHint(schema: string): string {
  const name = /^[a-z_][a-z0-9_]*$/.test(schema) ? schema : quoted(schema);
  return `List them: psql "$DATABASE_URL" -c '\\dt ${name}.*'\n`;
}

export function resultJson(result: PushResult): string {
  return `${JSON.stringify(result, null, 2)}\n`;
}
