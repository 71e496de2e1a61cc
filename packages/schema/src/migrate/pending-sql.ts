import { quoted } from "../push/step.ts";
import { renderRepeatable } from "../repeatable/render-repeatable.ts";
import type { Target } from "../target.ts";
import { type Migration, readMigrations } from "./migration.ts";
import type { MigrateOptions } from "./options.ts";
import { LOCK_TIMEOUT_MILLISECONDS } from "./patience.ts";
import { rolesOf } from "./prepare.ts";
import type { Records } from "./records.ts";
import { render } from "./render.ts";
import { wanted } from "./wanted.ts";

type Wish = Pick<MigrateOptions, "to" | "contract" | "roles">;

/** What a run would do, for somebody to read or to run by hand with psql. */
export function pendingSql(target: Target, records: Records, wish: Wish): string {
  const pending = wanted({ migrations: readMigrations(), target }, wish).filter(
    ({ version, isContract }) => !records.has(version) && (!isContract || wish.contract),
  );
  if (pending.length === 0) return "-- Nothing to run.\n";
  const home = `create schema if not exists ${quoted(target.schema)};\n`;
  return [home, ...pending.map((migration) => sqlOf(migration, target, wish))].join("\n");
}

function sqlOf(migration: Migration, target: Target, wish: Wish): string {
  const { version, isRepeatable, isTransactional, requires, sql } = migration;
  const conditions = requires.map((query) => `-- Must give no row: ${render(query, target)}\n`);
  if (isRepeatable) {
    const { steps } = renderRepeatable(target, { roles: rolesOf(wish) });
    return `-- ${version}\n${steps.map((step) => `${step.sql};\n`).join("\n")}`;
  }
  const body = render(bodyOf(sql), target);
  const text = isTransactional
    ? `begin;\nset local lock_timeout = '${LOCK_TIMEOUT_MILLISECONDS}ms';\n${body}commit;\n`
    : body;
  return `-- ${version}\n${conditions.join("")}${text}`;
}

/** Without its header, which speaks to the runner. */
const bodyOf = (sql: string) => sql.replaceAll(/^-- postern: .*\n/gm, "");
