/** What one connection may take of a listener. Times in milliseconds; docs/limits.md says why. */
export type ConnectionLimits = Readonly<{
  /** From the first byte of a request, or from the connection, to the end of the headers. */
  headersMilliseconds: number;
  /** To the end of the body. */
  requestMilliseconds: number;
  /** Between an answer and the next request. */
  idleMilliseconds: number;
  /** The same for a proxy of ours, which waits for a next client: balancers keep theirs for 60 s. */
  proxyIdleMilliseconds: number;
  /** From a request to the last byte of its answer; `allowLongAnswer` gives more. */
  answerMilliseconds: number;
  /** Without a byte in either direction while an answer is on its way. */
  stalledMilliseconds: number;
  /** For a client to read the answer that it gets instead of being heard to the end. */
  lingerMilliseconds: number;
  /** How often all of that is looked at: each time may be over by so much. */
  checkMilliseconds: number;
  /** At once; from nine tenths of it on, those that rest are closed for those that come. */
  connectionsMax: number;
}>;

export const CONNECTION_LIMITS: Omit<ConnectionLimits, "connectionsMax"> = {
  headersMilliseconds: 5_000,
  requestMilliseconds: 8_500,
  idleMilliseconds: 10_000,
  proxyIdleMilliseconds: 75_000,
  answerMilliseconds: 30_000,
  stalledMilliseconds: 30_000,
  lingerMilliseconds: 1_000,
  checkMilliseconds: 500,
};
