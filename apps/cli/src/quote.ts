/** Names as PostgreSQL reads them as identifiers, joined by dots. */
export const quoted = (...names: readonly string[]): string =>
  names.map((name) => `"${name.replaceAll('"', '""')}"`).join(".");

/** A text as a literal of PostgreSQL's, for where no parameter can stand. */
export const literal = (text: string): string =>
  `${text.includes("\\") ? " E" : ""}'${text.replaceAll("'", "''").replaceAll("\\", "\\\\")}'`;
