import type { Bench, Figure } from "../bench.ts";
import { measureApiKeys } from "./measure-api-keys.ts";
import { measureCodeSends } from "./measure-code-sends.ts";
import { measureCodeUses } from "./measure-code-uses.ts";
import { measureRefresh } from "./measure-refresh.ts";
import { measureSignIn } from "./measure-sign-in.ts";
import { measureTokenCheck } from "./measure-token-check.ts";
import { openWorld } from "./open-world.ts";

/**
 * What the service answers in a second, beside the least that each answer contains and beside
 * better-auth, on one database server and in one run. Rounds take turns; one process makes all load.
 */
export const benchAuth: Bench = async (run) => {
  await using parts = new AsyncDisposableStack();
  const world = await openWorld(run, parts);
  const tokens = new Set<string>();
  const measures: readonly [string, () => Promise<Figure[]>][] = [
    ["sign-in", () => measureSignIn(world)],
    ["refresh", () => measureRefresh(world, tokens)],
    ["token check", () => measureTokenCheck(world, tokens)],
    ["OTP send", () => measureCodeSends(world)],
    ["OTP verify", () => measureCodeUses(world)],
    ["API keys", () => measureApiKeys(world)],
  ];
  const figures: Figure[] = [];
  for (const [name, measure] of measures) {
    const startedAt = performance.now();
    figures.push(...(await measure()));
    run.say(`${name}: ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
  }
  return figures;
};
