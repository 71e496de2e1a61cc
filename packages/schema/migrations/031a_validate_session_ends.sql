-- Reads the rows beside reads and writes.
-- postern: alters refresh_tokens
alter table :schema.refresh_tokens
  validate constraint refresh_tokens_reason_is_known;
