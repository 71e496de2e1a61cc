import { Problem } from "../problem.ts";

/** What a process spends on exports at a time, whoever asks for them. */
export type ExportGate = {
  /**
   * Counts an export as under way until it is left.
   *
   * @throws Problem service_unavailable where too many are.
   */
  readonly enter: () => { leave: () => void };
  /** Reads a batch when it is its turn, so that exports never have the whole pool. */
  readonly read: <Rows>(work: () => Promise<Rows>) => Promise<Rows>;
};

/** Each keeps a batch of rows and what its client did not read yet: a few 100 kB. */
const EXPORTS_MAX = 50;
const RETRY_SECONDS = 10;
/** Of the ten connections that a pool has by default. */
const READS_MAX = 2;

export function createExportGate(): ExportGate {
  const waiting: (() => void)[] = [];
  let exports = 0;
  let reads = 0;
  const takeTurn = async () => {
    if (reads < READS_MAX) {
      reads += 1;
      return;
    }
    // Whoever ends hands its place on, so nobody comes in between.
    await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const endTurn = () => {
    const next = waiting.shift();
    if (next) {
      next();
    } else {
      reads -= 1;
    }
  };
  return {
    enter: () => {
      if (exports >= EXPORTS_MAX) {
        throw new Problem("service_unavailable", { retryAfterSeconds: RETRY_SECONDS });
      }
      exports += 1;
      let isUnderWay = true;
      const leave = () => {
        exports -= isUnderWay ? 1 : 0;
        isUnderWay = false;
      };
      return { leave };
    },
    read: async (work) => {
      await takeTurn();
      try {
        return await work();
      } finally {
        endTurn();
      }
    },
  };
}
