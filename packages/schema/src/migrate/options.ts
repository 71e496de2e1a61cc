import type { Roles } from "../repeatable/roles.ts";
import type { MigrationEvent } from "./run.ts";

export type Place = {
  /** Of the owner of the users table, who may create schemas. Not through a transaction pooler. */
  readonly databaseUrl: string;
  /** What the app's schema module exports: our tables are found in it. */
  readonly exports: Readonly<Record<string, unknown>>;
};

export type MigrateOptions = Place & {
  /** The last number to run, such as `025`. Without it everything that needs no `contract`. */
  readonly to?: string | undefined;
  /** Undoes everything after this number instead. */
  readonly backTo?: string | undefined;
  /** Also remove the plain-text columns. */
  readonly contract?: boolean | undefined;
  readonly roles?: Roles | undefined;
  /** How often a step is tried while somebody else holds a lock that it needs. */
  readonly lockTriesMax?: number | undefined;
  readonly onEvent?: ((event: MigrationEvent) => void) | undefined;
  /** Called once where another migration or a push runs, which this one waits for. */
  readonly onWait?: (() => void) | undefined;
};
