import type { Sql } from "postgres";
import type { Definitions } from "../declared/definitions.ts";
import type { Roles } from "../repeatable/roles.ts";
import type { Target } from "../target.ts";
import type { Migration } from "./migration.ts";

export type MigrationEvent =
  | { readonly kind: "done"; readonly step: DoneStep }
  | { readonly kind: "note"; readonly text: string }
  | { readonly kind: "retry"; readonly version: string; readonly tries: number }
  | { readonly kind: "running"; readonly version: string; readonly seconds: number };

export type DoneStep = {
  readonly version: string;
  /** `adopted`: it stood already; `undone`: the way back; `repeated`: the SQL of 026, once more. */
  readonly how: "ran" | "adopted" | "undone" | "repeated";
  readonly milliseconds: number;
};

/** What every step of a run needs. */
export type Run = {
  /** One connection, which holds the lock that runs and pushes take turns on. */
  readonly sql: Sql;
  readonly target: Target;
  readonly roles: Roles;
  /** The declared tables in PostgreSQL's own words. */
  readonly declared: Definitions;
  readonly migrations: readonly Migration[];
  readonly lockTriesMax: number;
  readonly tell: (event: MigrationEvent) => void;
};

const TELL_EVERY_MILLISECONDS = 5_000;

/** Says every few seconds that a migration still runs. */
export async function whileTelling<R>(
  { tell }: Run,
  version: string,
  work: () => Promise<R>,
): Promise<R> {
  const startedAt = performance.now();
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    tell({ kind: "running", version, seconds });
  }, TELL_EVERY_MILLISECONDS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
