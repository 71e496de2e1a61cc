export type WakeUp = {
  wake(): void;
  /** Resolves at the next call of `wake`, or at once if it came since the last wait. */
  wait(): Promise<void>;
};

/** A bell for one loop. Rung while the loop is busy, it is heard afterwards. */
export function createWakeUp(): WakeUp {
  let next = Promise.withResolvers<void>();
  return {
    wake: () => next.resolve(),
    async wait() {
      await next.promise;
      next = Promise.withResolvers();
    },
  };
}
