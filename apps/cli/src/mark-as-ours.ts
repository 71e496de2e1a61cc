import type { TransactionSql } from "postgres";

/**
 * Says to the triggers of encrypted columns that this transaction knows both values, so that they take
 * neither for out of date.
 *
 * Its commit does not wait for the disk, and no sign-in waits for it there: a batch that a crash of the
 * server takes back is found and done again. The commit of the next stage waits for all before it.
 */
export const markAsOurs = (tx: TransactionSql): PromiseLike<unknown> => tx`
  select set_config('postern.resealing', 'on', true), set_config('synchronous_commit', 'off', true)`;

/** What a trigger asks to know such a transaction. */
export const IS_OURS = "current_setting('postern.resealing', true) is not distinct from 'on'";
