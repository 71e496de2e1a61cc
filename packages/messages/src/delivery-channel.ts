/**
 * The PostgreSQL notification channel on which a queued row wakes the workers. Its payload is empty:
 * it says "look", not what at, and PostgreSQL folds those of one transaction into one.
 */
export const DELIVERY_CHANNEL = "postern_deliveries";
