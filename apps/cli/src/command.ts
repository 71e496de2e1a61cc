import type { Environment } from "@postern/environment";

/** What a command may use of the process that it runs in. */
export type Context = {
  readonly environment: Environment;
  /** A line for whoever reads the result: standard output. */
  readonly print: (line: string) => void;
  /** A line for whoever waits: standard error. */
  readonly note: (line: string) => void;
  /** Where the progress bar goes, standard error where that is a terminal. */
  readonly terminal: { write(text: string): void } | null;
  /** Aborted by the first Ctrl-C or SIGTERM: end what is under way, begin nothing more. */
  readonly signal: AbortSignal;
};

export type Command = {
  readonly help: string;
  /** Returns the exit code. Throws CliError for what the operator can put right. */
  readonly run: (words: readonly string[], context: Context) => Promise<number>;
};
