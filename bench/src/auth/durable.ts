/** As an operator would run PostgreSQL: the wait for the disk is part of every answer. */
export const DURABLE = {
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  autovacuum: "on",
};
