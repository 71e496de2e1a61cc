import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { createPasswordHasher } from "@postern/crypto";
import type { Figure } from "../bench.ts";
import { p99 } from "../p99.ts";
import { type Contestant, inTurn } from "./in-turn.ts";
import type { Target } from "./load.ts";
import { emailOf, IN_FLIGHT, PASSWORD, type World } from "./open-world.ts";

const SECONDS = 2.5;
const HEALTH_EVERY_MILLISECONDS = 10;
const HEALTH_MILLISECONDS_MAX = 100;

/** Right passwords, and `/health` meanwhile. */
export async function measureSignIn(world: World): Promise<Figure[]> {
  const seconds = world.isQuick ? 1 : SECONDS;
  const health: number[] = [];
  let person = 0;
  const signIn = (target: Target, path: string) =>
    target.load({
      inFlight: IN_FLIGHT,
      until: { seconds },
      next: () => {
        person += 1;
        const headers = { "x-forwarded-for": world.nextAddress() };
        return {
          ...{ method: "POST", path, headers },
          body: { email: emailOf(person), password: PASSWORD },
        };
      },
    });
  const contestants: readonly Contestant[] = [
    ["bare", () => verifyBare(world.storedHash, seconds)],
    ["own", () => watched(world.postern, health, signIn(world.postern, "/api/auth/login"))],
    ["scrypt", () => signIn(world.betterAuth, "/api/auth/sign-in/email")],
    ["argon2", () => signIn(world.betterAuthArgon2, "/api/auth/sign-in/email")],
  ];
  const { rate, ratio } = await inTurn(world.rounds, contestants);
  const { memoryCost, timeCost, parallelism } = world.argon2;
  const cost = `argon2id m=${memoryCost},t=${timeCost},p=${parallelism}`;
  const per = "per second";
  return [
    { name: `sign-in, ${cost}`, value: rate("own"), unit: per },
    { name: "the argon2id verifications alone, same gate", value: rate("bare"), unit: per },
    {
      name: "better-auth, its default: scrypt N=16384,r=16,p=1",
      value: rate("scrypt"),
      unit: per,
    },
    { name: `better-auth, ${cost}`, value: rate("argon2"), unit: per },
    {
      name: "sign-in ÷ argon2id alone",
      value: ratio("own", "bare"),
      unit: "ratio",
      limit: { atLeast: 0.9 },
    },
    {
      name: "sign-in ÷ better-auth, its default",
      value: ratio("own", "scrypt"),
      unit: "ratio",
      limit: { atLeast: 5 },
    },
    {
      name: "sign-in ÷ better-auth, argon2id of the same cost",
      value: ratio("own", "argon2"),
      unit: "ratio",
    },
    {
      name: "p99 of /health while sign-ins fill both cores",
      value: p99(health),
      unit: "ms",
      limit: { atMost: HEALTH_MILLISECONDS_MAX },
    },
  ];
}

async function verifyBare(stored: string, seconds: number): Promise<number> {
  const hasher = createPasswordHasher({ concurrency: availableParallelism(), queueMax: IN_FLIGHT });
  const startedAt = performance.now();
  let done = 0;
  const work = async () => {
    while (performance.now() < startedAt + seconds * 1_000) {
      await hasher.verify(stored, PASSWORD);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, work));
  return done / ((performance.now() - startedAt) / 1_000);
}

/** Asks for /health again and again until the work is done, and notes how long each took. */
async function watched(target: Target, times: number[], work: Promise<number>): Promise<number> {
  let isDone = false;
  const ended = work.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    const startedAt = performance.now();
    await target.send({ method: "GET", path: "/health" });
    times.push(performance.now() - startedAt);
    await sleep(HEALTH_EVERY_MILLISECONDS);
  }
  return ended;
}
