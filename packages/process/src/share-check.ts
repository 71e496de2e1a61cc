const FRESH_MILLISECONDS = 500;
const ANSWER_MILLISECONDS_MAX = 2_000;

/**
 * Makes a check that anybody may ask for cheap and bounded: one look serves everybody who asks within
 * half a second, and after 2 s without an answer it gives `whenLate`.
 */
export function shareCheck<Answer>(
  check: () => Promise<Answer>,
  whenLate: Answer,
): () => Promise<Answer> {
  let last: Promise<Answer> | undefined;
  let askedAt = 0;
  return () => {
    const now = performance.now();
    if (last === undefined || now - askedAt > FRESH_MILLISECONDS) {
      askedAt = now;
      last = withinTime(check(), whenLate);
    }
    return last;
  };
}

async function withinTime<Answer>(work: Promise<Answer>, whenLate: Answer): Promise<Answer> {
  const { promise: late, resolve } = Promise.withResolvers<Answer>();
  const timer = setTimeout(() => resolve(whenLate), ANSWER_MILLISECONDS_MAX);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
