/** Thrown by `withinTime` when the promise was not settled in time. */
export class OutOfTimeError extends Error {
  override readonly name = "OutOfTimeError";
}

/** The promise's outcome, or OutOfTimeError after `milliseconds`. A later outcome is dropped. */
export function withinTime<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  const { promise: outOfTime, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    // One turn of the event loop more: where we ourselves stood still, the answer is in the socket.
    () => setImmediate(() => reject(new OutOfTimeError(`no answer in ${milliseconds} ms`))),
    milliseconds,
  );
  return Promise.race([promise, outOfTime]).finally(() => clearTimeout(timer));
}
