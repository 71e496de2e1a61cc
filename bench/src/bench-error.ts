/** A mistake of the one who typed the command: told in one line, without a stack. */
export class BenchError extends Error {
  override readonly name = "BenchError";
}
