import { HashingBusyError, type PasswordHasher } from "@postern/crypto";
import { Counter, Gauge, type Registry } from "prom-client";
import type { Deps } from "../deps.ts";

/** Counts the hashes that run or wait, and those refused because too many did (D11). */
export function measurePasswords(hasher: PasswordHasher, registry: Registry): PasswordHasher {
  const registers = [registry];
  const underWay = new Gauge({
    name: "password_hashes_under_way",
    help: "Hashes and verifications that run or wait for their turn.",
    registers,
  });
  const refused = new Counter({
    name: "password_hashes_refused_total",
    help: "Hashes and verifications refused because the queue was full.",
    registers,
  });
  const measure = async <Result>(work: Promise<Result>): Promise<Result> => {
    underWay.inc();
    try {
      return await work;
    } catch (error) {
      refused.inc(error instanceof HashingBusyError ? 1 : 0);
      throw error;
    } finally {
      underWay.dec();
    }
  };
  return {
    hash: (password) => measure(hasher.hash(password)),
    verify: (stored, password) => measure(hasher.verify(stored, password)),
  };
}

type Parts = Pick<Deps, "counters" | "refusals" | "revocations" | "breachCheck">;

/** What an alert is set on: a part that is away, a refusal that is in no row. */
export function measureParts(
  { counters, refusals, revocations, breachCheck }: Parts,
  registry: Registry,
): void {
  const figures = [
    {
      name: "redis_up",
      help: "1 while Redis decides.",
      read: () => (counters.state() === "up" ? 1 : 0),
    },
    {
      name: "revocations_stale",
      help: "1 while revocations could not be read for 2 s.",
      read: () => (revocations.isStale() ? 1 : 0),
    },
    {
      name: "refusals_dropped",
      help: "Refusals since the start that are in no row.",
      read: () => refusals.dropped(),
    },
    {
      name: "breach_checks_failed",
      help: "New passwords since the start that were taken without an answer of the breach check.",
      read: () => breachCheck.failures(),
    },
  ];
  for (const { name, help, read } of figures) {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  }
}
