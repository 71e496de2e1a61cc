const CAUSES_MAX = 5;

/** What may be logged of an error: its kind, codes and place in the code, and names of database objects. */
export type ErrorDescription = {
  type: string;
  message: string;
  stack: string;
  [field: string]: unknown;
};

const FIELDS = [
  "address",
  "column_name",
  "constraint_name",
  "port",
  "routine",
  "schema_name",
  "severity",
  "statusCode",
  "syscall",
  "table_name",
] as const;

/**
 * Describes an error without the values that passed through it.
 *
 * Drizzle puts the parameters (token digests, emails) into its message; PostgreSQL quotes the
 * offending value in `detail`, and in the message of class 22 errors; the driver hangs the
 * parameters on the error. So fields are allowed by name, and the message of the first two is cut.
 */
export function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) {
    return { type: typeof error, message: "Something other than an error was thrown.", stack: "" };
  }
  const message = safeMessage(error);
  const description: ErrorDescription = {
    type: error.name,
    message,
    stack: `${error.name}: ${message}${framesOf(error)}`,
  };
  // Not `code`, which the logger censors: there it may be a one-time code.
  if ("code" in error) {
    description.errorCode = error.code;
  }
  for (const field of FIELDS) {
    const value = (error as unknown as Record<string, unknown>)[field];
    if (value !== undefined) {
      description[field] = value;
    }
  }
  if (error.cause !== undefined && depth < CAUSES_MAX) {
    description.cause = describeError(error.cause, depth + 1);
  }
  return description;
}

function safeMessage(error: Error): string {
  if ("query" in error && "params" in error) {
    return error.message.split("\nparams:")[0] ?? "";
  }
  const code = "code" in error ? String(error.code) : "";
  return /^(22|23)[0-9A-Z]{3}$/.test(code) && error.name === "PostgresError"
    ? `refused by the database (SQLSTATE ${code})`
    : error.message;
}

/** The stack begins with the message, whole: only the lines after it are taken. */
function framesOf(error: Error): string {
  const frames = (error.stack ?? "").split("\n").filter((line) => line.startsWith("    at "));
  return frames.length === 0 ? "" : `\n${frames.join("\n")}`;
}
