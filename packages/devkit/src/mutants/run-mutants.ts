import { copyCheckout } from "./copy-checkout.ts";
import type { Fault } from "./fault.ts";
import { type Bed, judgeFault, type Verdict } from "./judge-fault.ts";
import { MutantsError } from "./mutants-error.ts";
import { findStaleness } from "./plant-fault.ts";
import { runTests } from "./run-tests.ts";
import { startServers } from "./start-servers.ts";

export type MutantRun = Readonly<{
  checkout: string;
  faults: readonly Fault[];
  /** Hears of each fault as soon as it was judged. */
  tell: (verdict: Verdict) => void;
}>;

/** Judges each fault in a copy of the checkout. Throws MutantsError where tests fail without one. */
export async function runMutants({ checkout, faults, tell }: MutantRun): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  const note = (verdict: Verdict) => {
    verdicts.push(verdict);
    tell(verdict);
  };
  const stale = faults.map((fault) => ({ fault, by: findStaleness(checkout, fault) }));
  for (const { fault, by } of stale) {
    if (by !== null) note({ fault, outcome: "stale", by });
  }
  const standing = stale.filter(({ by }) => by === null).map(({ fault }) => fault);
  if (standing.length === 0) return verdicts;
  await using servers = await startServers();
  using copy = await copyCheckout(checkout);
  const bed = { root: copy.root, servers };
  await requireSound(bed, standing);
  for (const fault of standing) note(await judgeFault(bed, fault));
  return verdicts;
}

/** A test that fails by itself would catch every fault. One that a busy machine failed may try again. */
async function requireSound({ root, servers }: Bed, faults: readonly Fault[]): Promise<void> {
  const refusal = await servers.fillTemplate(root);
  if (refusal !== null) throw new MutantsError(`without any fault the push fails: ${refusal}`);
  const tests = [...new Set(faults.flatMap((fault) => fault.tests))];
  const options = { root, tests, environment: servers.environment(), bail: false };
  const first = await runTests(options);
  if (first.result === "passed") return;
  const second = await runTests(options);
  if (second.result === "passed") return;
  const said = "tests" in second ? second.tests.join("; ") : second.result;
  throw new MutantsError(`without any fault these tests fail: ${said}`);
}
