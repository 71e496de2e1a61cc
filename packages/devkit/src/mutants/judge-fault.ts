import type { Fault } from "./fault.ts";
import { plantFault } from "./plant-fault.ts";
import { runTests } from "./run-tests.ts";
import type { MutantServers } from "./start-servers.ts";

/** `invalid`: with it the code does not even load, so it says nothing of the tests. */
export type Verdict = Readonly<{
  fault: Fault;
  outcome: "caught" | "survived" | "invalid" | "stale";
  /** The test that noticed, or what was said. */
  by: string;
}>;

export type Bed = Readonly<{
  root: string;
  servers: Pick<MutantServers, "environment" | "fillTemplate">;
}>;

/** Plants the fault, runs its tests, and puts the file back. */
export async function judgeFault({ root, servers }: Bed, fault: Fault): Promise<Verdict> {
  const isOfSchema = fault.file.startsWith("packages/schema/");
  using stack = new DisposableStack();
  stack.use(plantFault(root, fault));
  if (isOfSchema) {
    const refusal = await servers.fillTemplate(root);
    if (refusal !== null) return { fault, outcome: "caught", by: `the push: ${refusal}` };
  }
  const environment = servers.environment();
  const verdict = await judge({ root, environment, fault });
  if (isOfSchema) {
    stack.dispose();
    await servers.fillTemplate(root);
  }
  return verdict;
}

type Trial = { root: string; environment: NodeJS.ProcessEnv; fault: Fault };

async function judge({ root, environment, fault }: Trial): Promise<Verdict> {
  const ran = await runTests({ root, environment, tests: fault.tests, bail: true });
  if (ran.result === "passed") return { fault, outcome: "survived", by: fault.breaks };
  if (ran.result === "failed") return { fault, outcome: "caught", by: ran.tests.join("; ") };
  if (ran.result === "out_of_time") return { fault, outcome: "caught", by: "the tests never end" };
  return { fault, outcome: "invalid", by: ran.said };
}
