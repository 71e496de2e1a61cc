/** How erasing an account ends what a column holds. */
export type Erasure =
  /** The row goes with the account. */
  | "row"
  /** The row stays as a fact about nobody, and the column becomes null. */
  | "null"
  /** The same; the column may not be null, and gets a value that tells nothing. */
  | "blank"
  /** It stays: the reason is in `why`. */
  | "kept";

export type PersonalColumn = Readonly<{
  /** What it tells of a person. */
  what: string;
  why: string;
  erased: Erasure;
  /** Left out of an export: a secret, or worth something to a thief alone. */
  isSecret?: true;
}>;

export type TableData = Readonly<{
  /** How long a row is kept where nobody erases it. */
  kept: string;
  personal: Readonly<Record<string, PersonalColumn>>;
  /** Columns that tell nothing of a person, by themselves or through the row's owner. */
  impersonal: readonly string[];
}>;
