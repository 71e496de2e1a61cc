import { createInterface } from "node:readline/promises";
import type { Step } from "../database/step.ts";
import { planText } from "../push/report.ts";

/** The one question, after the plan. Anything but yes, the end of input too, means no. */
export async function ask(steps: readonly Step[]): Promise<boolean> {
  process.stdout.write(planText(steps));
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const closed = new Promise<string>((resolve) => terminal.once("close", () => resolve("")));
  const answer = await Promise.race([
    terminal.question(`Run these ${steps.length} statements? [y/N] `),
    closed,
  ]);
  terminal.close();
  if (!answer) process.stdout.write("\n");
  return /^y(es)?$/i.test(answer.trim());
}
