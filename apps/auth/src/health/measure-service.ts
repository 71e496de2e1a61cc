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

/** What an alert is set on: Redis away, access answered blindly, refusals that are in no row. */
export function measureParts(
  { counters, refusals, revocations }: Pick<Deps, "counters" | "refusals" | "revocations">,
  registry: Registry,
): void {
  const figures = {
    redis_up: { help: "1 while Redis decides.", read: () => (counters.state() === "up" ? 1 : 0) },
    revocations_stale: {
      help: "1 while revocations could not be read for 2 s.",
      read: () => (revocations.isStale() ? 1 : 0),
    },
    refusals_dropped: {
      help: "Refusals since the start that are in no row.",
      read: () => refusals.dropped(),
    },
  };
  for (const [name, { help, read }] of Object.entries(figures)) {
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
