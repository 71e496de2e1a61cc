import type { TransactionStore } from "../transaction.ts";

/** A second factor that was right. It is worth nothing until it is used up. */
export type RightFactor = {
  /** Uses it up, in the caller's transaction. False where somebody else did so first. */
  readonly use: (store: TransactionStore) => Promise<boolean>;
  /** Called where the transaction failed: what Redis has spent already may be presented again. */
  readonly giveBack?: () => Promise<void>;
};
