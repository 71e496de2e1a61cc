/** One transaction for psql, under the settings of a push, whatever those of the session are. */
export function renderTransaction(
  statements: readonly string[],
  searchPath = "pg_catalog",
): string {
  const settings = `SET LOCAL search_path = ${searchPath};\nSET LOCAL standard_conforming_strings = on;`;
  const ended = statements.map((sql) => sql.trim().replace(/;?$/, ";"));
  return `${["BEGIN;", settings, ...ended, "COMMIT;"].join("\n\n")}\n`;
}
