/** How a call is made. Generated for each from the OpenAPI document. */
export type CallRow = {
  readonly method: string;
  /** With the names of its parameters in braces. */
  readonly path: string;
  readonly bearer: "none" | "optional" | "required";
  readonly query: readonly string[];
  /** The fields of the body that the client fills in by itself. */
  readonly fills: readonly string[];
};

export type CallTable = Readonly<Record<string, CallRow>>;
