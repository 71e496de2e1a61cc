/** What the story says and the database does not show. The walk ends with exit code 1. */
export class NotSeenError extends Error {
  override readonly name = "NotSeenError";
}

export function expectSeen(isSeen: boolean, what: string): asserts isSeen {
  if (!isSeen) throw new NotSeenError(what);
}
