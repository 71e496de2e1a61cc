-- :table is append-only. DELETE and TRUNCATE are refused once a statement, an UPDATE by its rows.
create or replace trigger postern_append_only_rows before update on :table
  for each row execute function :schema.refuse_rewriting();

create or replace trigger postern_append_only before delete or truncate on :table
  for each statement execute function :schema.refuse_rewriting();
