import type { Verdict } from "./judge-fault.ts";

const CAUGHT_PERCENT_MIN = 95;

/** One line of the output. */
export const verdictLine = ({ outcome, fault, by }: Verdict): string =>
  `  ${outcome.padEnd(9)} ${fault.name}   ${by}\n`;

/** What stands at the end, and whether all of it is as it should be. */
export function summarise(verdicts: readonly Verdict[]): { text: string; isGood: boolean } {
  const of = (outcome: Verdict["outcome"]) => verdicts.filter((it) => it.outcome === outcome);
  const [caught, survived] = [of("caught"), of("survived")];
  const unusable = [...of("invalid"), ...of("stale")];
  const tried = caught.length + survived.length;
  // Rounded down: 95 % is not reached by rounding.
  const percent = tried === 0 ? 0 : Math.floor((caught.length * 1000) / tried) / 10;
  const lists = [
    listOf("Survived", survived),
    listOf("Stale or invalid: put their text right", unusable),
  ];
  return {
    text: `\n${lists.join("")}${caught.length} of ${tried} caught: ${percent} %\n`,
    isGood: unusable.length === 0 && percent >= CAUGHT_PERCENT_MIN,
  };
}

function listOf(title: string, verdicts: readonly Verdict[]): string {
  if (verdicts.length === 0) return "";
  const lines = verdicts.map(({ fault, by }) => `  ${fault.name} (${fault.file})\n    ${by}\n`);
  return `${title}:\n${lines.join("")}\n`;
}
