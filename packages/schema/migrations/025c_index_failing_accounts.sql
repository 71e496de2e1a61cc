-- "Who fails to sign in?" touches the few rows that do.
-- postern: no-transaction
-- postern: index failing
create index concurrently :users_failing on :users (:failed_login_attempts)
  where :failed_login_attempts > 0;
