-- :table: each change of status is looked at; a row that keeps its status costs nothing.
create or replace trigger postern_status before update on :table
  for each row when (old.status is distinct from new.status)
  execute function :schema.keep_delivery_order();
