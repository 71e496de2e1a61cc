import type { MigrateResult } from "./migrate-security-schema.ts";
import type { DoneStep, MigrationEvent } from "./run.ts";
import type { MigrationStatus } from "./status.ts";

/** One line for what happens on the way. */
export function eventText(event: MigrationEvent): string {
  switch (event.kind) {
    case "done":
      return `  ${event.step.version.padEnd(WIDTH)}${outcomeText(event.step)}\n`;
    case "retry":
      return `  ${event.version.padEnd(WIDTH)}waits for a lock, try ${event.tries}\n`;
    case "running":
      return `  ${event.version.padEnd(WIDTH)}still running, ${event.seconds} s\n`;
    case "note":
      return `note: ${event.text}\n`;
  }
}

const WIDTH = 36;

function outcomeText({ how, milliseconds }: DoneStep): string {
  if (how === "adopted") return "stood already";
  const time = durationText(milliseconds);
  return { ran: time, undone: `undone, ${time}`, repeated: `brought up to date, ${time}` }[how];
}

const durationText = (milliseconds: number) =>
  milliseconds < 1_000
    ? `${Math.round(milliseconds)} ms`
    : `${(milliseconds / 1_000).toFixed(1)} s`;

/** What to tell a person once a run has ended. */
export function resultText({ schema, done, waiting }: MigrateResult): string {
  const waits = waiting.map((version) => `${version} waits for --contract.\n`).join("");
  if (done.length === 0) return `Nothing to do: ${schema} is migrated.\n${waits}`;
  const total = done.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return `Done in ${durationText(total)}: ${done.length} migrations of ${schema}.\n${waits}`;
}

export function statusText(migrations: readonly MigrationStatus[]): string {
  const lines = migrations.map(({ version, state, executedAt, milliseconds }) =>
    [
      version.padEnd(WIDTH),
      state.padEnd(20),
      executedAt ? `${executedAt.toISOString().slice(0, 19)}Z  ` : "",
      state === "ran" && milliseconds !== null ? durationText(milliseconds) : "",
    ]
      .join("")
      .trimEnd(),
  );
  return `${lines.join("\n")}\n`;
}
