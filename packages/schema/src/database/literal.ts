/**
 * A text as SQL writes it, in single quotes. Needs `standard_conforming_strings`, which begin()
 * sets.
 */
export const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;
