/** `adds` and `replaces` lose nothing; `loses` is done with --accept-data-loss only. */
export type Effect = "adds" | "replaces" | "loses";

export type Step = {
  readonly sql: string;
  readonly effect: Effect;
  /** In a few words, for a refusal. */
  readonly about: string;
};
