import type { Postgres, PostgresOptions } from "@postern/devkit";

/** One measured value. Without a limit it stands beside another for comparison. */
export type Figure = {
  readonly name: string;
  readonly value: number;
  readonly unit:
    | "ms"
    | "s"
    | "rows"
    | "rows/s"
    | "scans"
    | "requests"
    | "times"
    | "per second"
    | "ratio"
    | "MB";
  readonly limit?: Limit;
};

/** The bar: a time has an upper one, a rate a lower one. */
export type Limit = { readonly atMost: number } | { readonly atLeast: number };

/** What a bench may use of the frame that runs it. */
export type BenchRun = {
  /** Prints one line of progress. */
  readonly say: (text: string) => void;
  /** Asked for smaller sizes, to see that it runs. */
  readonly isQuick: boolean;
  /** A PostgreSQL of this bench's own. The frame stops it. The results name its version. */
  readonly startPostgres: (options?: PostgresOptions) => Promise<Postgres>;
};

/** Measures, and answers what it measured in the order to print. Throws where it could not. */
export type Bench = (run: BenchRun) => Promise<readonly Figure[]>;
