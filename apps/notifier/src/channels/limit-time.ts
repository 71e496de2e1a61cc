/** Aborts with the given signal or after so long. AbortSignal.timeout() would stay that long. */
export function limitTime(
  signal: AbortSignal,
  milliseconds: number,
): Disposable & { signal: AbortSignal } {
  const limit = new AbortController();
  const abort = () => limit.abort();
  const timer = setTimeout(abort, milliseconds);
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  return {
    signal: limit.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    },
  };
}
