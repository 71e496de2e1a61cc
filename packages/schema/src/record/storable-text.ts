/**
 * A text that PostgreSQL takes whatever the client sent: no control characters, no U+0000, no half
 * of a surrogate pair, cut to its column. Null where nothing is left. Otherwise an attacker could
 * make the row of a log fail, and with it the sign-in.
 */
export function storableText(
  value: string | null | undefined,
  charactersMax: number,
): string | null {
  const text = (value ?? "")
    .replace(/[\p{Cc}\u2028\u2029]/gu, " ")
    .trim()
    // PostgreSQL counts code points, and a surrogate pair is one; cut to no more than that.
    .slice(0, charactersMax)
    .toWellFormed();
  return text === "" ? null : text;
}
