import { createRequire } from "node:module";
import { PushError } from "./push-error.ts";

/** The parts of drizzle-kit's description of tables that we look at. Its own types need zod. */
export type Snapshot = {
  readonly tables: Readonly<Record<string, SnapshotTable>>;
  readonly schemas: Readonly<Record<string, string>>;
};

export type SnapshotTable = {
  readonly name: string;
  /** Empty for `public`. */
  readonly schema: string;
  readonly columns: Readonly<Record<string, SnapshotColumn>>;
  readonly indexes: Readonly<Record<string, unknown>>;
  readonly foreignKeys: Readonly<Record<string, SnapshotForeignKey>>;
  readonly uniqueConstraints: Readonly<Record<string, unknown>>;
  readonly checkConstraints: Readonly<Record<string, unknown>>;
};

export type SnapshotColumn = {
  readonly name: string;
  readonly type: string;
  readonly primaryKey: boolean;
  readonly notNull: boolean;
  readonly default?: unknown;
  readonly identity?: unknown;
  readonly generated?: unknown;
};

type SnapshotForeignKey = {
  readonly name: string;
  readonly columnsFrom: readonly string[];
  readonly schemaTo?: string;
  readonly tableTo: string;
  readonly columnsTo: readonly string[];
  readonly onDelete?: string;
  readonly onUpdate?: string;
};

/**
 * What we use of drizzle-kit: two pure functions. It reads neither the database nor the terminal.
 *
 * It would ask about renames where something is added while something else disappears. The
 * snapshots that we hand to it only ever grow, so there is nothing it could ask about or drop.
 */
export type Kit = {
  readonly describe: (tables: Readonly<Record<string, unknown>>) => Snapshot;
  readonly statementsBetween: (present: Snapshot, wanted: Snapshot) => Promise<string[]>;
};

/**
 * Loaded on use: the published package does not depend on it. By require, because its ESM bundle
 * takes six times as long (1.1 s against 0.18 s).
 */
export function loadKit(): Kit {
  try {
    const api = createRequire(import.meta.url)("drizzle-kit/api") as {
      generateDrizzleJson: Kit["describe"];
      generateMigration: Kit["statementsBetween"];
    };
    return { describe: api.generateDrizzleJson, statementsBetween: api.generateMigration };
  } catch (error) {
    throw missing(error, "drizzle-kit@0.31");
  }
}

/** Names the package to install where an optional peer is not there. */
export function missing(error: unknown, name: string): unknown {
  const { code = "" } = error as NodeJS.ErrnoException;
  if (!/^(ERR_)?MODULE_NOT_FOUND$/.test(code)) return error;
  return new PushError(`Pushing needs ${name}: npm install --save-dev ${name}`, { cause: error });
}
