-- "Who is locked now?" touches the few rows that are.
-- postern: no-transaction
-- postern: index locked
create index concurrently :users_locked on :users (:account_locked_until)
  where :account_locked_until is not null;
