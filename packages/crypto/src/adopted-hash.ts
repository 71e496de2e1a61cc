/** A hash that another system made, read. It is good for one more sign-in, and then replaced. */
export type AdoptedHash = Readonly<{
  /** Takes the password as it was typed: what form it is put in was the other system's choice. */
  verify(typed: string): Promise<boolean>;
}>;
