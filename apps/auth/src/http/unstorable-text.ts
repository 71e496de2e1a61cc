/**
 * True where any string in a parsed body, its field names included, cannot be stored by PostgreSQL:
 * U+0000 (SQLSTATE 22021, 22P05) or half of a surrogate pair. Walks without recursion, since a body
 * may nest as deep as it is long.
 */
export function findUnstorable(value: unknown): boolean {
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next === "string" && isUnstorable(next)) {
      return true;
    }
    if (typeof next === "object" && next !== null) {
      waiting.push(...Object.entries(next).flat());
    }
  }
  return false;
}

const isUnstorable = (text: string): boolean => text.includes("\u0000") || !text.isWellFormed();
