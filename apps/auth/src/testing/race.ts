import { randomUUID } from "node:crypto";
import { call } from "./client.ts";
import { openWorld, type World } from "./world.ts";

/** How often a race is run: few in `pnpm test`, as many as POSTERN_TEST_ROUNDS says elsewhere. */
export const raceRounds = (fewest: number): number =>
  // biome-ignore lint/style/noProcessEnv: a test harness, asked by whoever runs it.
  Number(process.env.POSTERN_TEST_ROUNDS ?? fewest);

/** Two processes on one database and one Redis. */
export async function openPair(): Promise<AsyncDisposable & { worlds: readonly [World, World] }> {
  const one = await openWorld();
  const { databaseUrl, keyPrefix } = one;
  const other = await openWorld({ databaseUrl, keyPrefix });
  return {
    worlds: [one, other],
    async [Symbol.asyncDispose]() {
      await other[Symbol.asyncDispose]();
      await one[Symbol.asyncDispose]();
    },
  };
}

/** A call, as `call` takes it, and at which of the two processes. */
export type Racer = (world: World) => Promise<{ status: number }>;

/** Runs all at once, in turn over both processes, the first one after a random pause. */
export async function race(
  worlds: readonly [World, World],
  first: Racer,
  others: readonly Racer[],
): Promise<number[]> {
  const begun = others.map((run, index) => run(worlds[index % 2] ?? worlds[0]));
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 15));
  const answers = await Promise.all([first(worlds[1]), ...begun]);
  return answers.map(({ status }) => status);
}

/** An account of its own for a round. */
export const newEmail = (): string => `race-${randomUUID()}@example.com`;

/** `asks(line, options)` is a racer. */
export const asks =
  (line: string, options: Parameters<typeof call>[2] = {}): Racer =>
  (world) =>
    call(world, line, { from: `198.51.100.${Math.floor(Math.random() * 250)}`, ...options });
