/**
 * The environment cannot be used. `faults` holds one line for each bad variable, in the order of
 * the schema; a line names the variable and what it should be, never the value it has.
 */
export class BadEnvironmentError extends Error {
  override readonly name = "BadEnvironmentError";
  readonly faults: readonly string[];

  constructor(faults: readonly string[], options?: ErrorOptions) {
    super(`Bad environment: ${faults.join("; ")}`, options);
    this.faults = Object.freeze([...faults]);
  }
}
