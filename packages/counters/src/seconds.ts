/** Milliseconds as whole seconds, rounded up: whoever waits so long has waited long enough. */
export const wholeSeconds = (milliseconds: string | number | undefined): number =>
  Math.ceil(Number(milliseconds ?? 0) / 1000);
