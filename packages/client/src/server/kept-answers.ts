/** Remembered at once; the one kept longest ago goes first. */
const ANSWERS_MAX = 10_000;

/** Answers that are believed until a time, in milliseconds since 1970. */
export type KeptAnswers<T> = {
  readonly get: (key: string) => T | undefined;
  readonly keep: (key: string, value: T, until: number) => void;
};

/** Never holds more than 10,000 answers. */
export function createKeptAnswers<T>(): KeptAnswers<T> {
  const kept = new Map<string, { value: T; until: number }>();
  return {
    get(key) {
      const answer = kept.get(key);
      return answer && answer.until > Date.now() ? answer.value : undefined;
    },
    keep(key, value, until) {
      kept.delete(key);
      kept.set(key, { value, until });
      const [oldest] = kept.keys();
      if (kept.size > ANSWERS_MAX && oldest !== undefined) {
        kept.delete(oldest);
      }
    },
  };
}
